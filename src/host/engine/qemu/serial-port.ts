import { lstat } from 'node:fs/promises';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { emptyFile, readTail, writeFileAtomic } from '../../platform/durable-files';
import type { Log } from '../../platform/log';
import { FILES } from './command-line';
import type { MachineDirectory } from './run-directory';
import { SERIAL_RING_BYTES, SerialLine, tailOf } from '../serial-line';

/* The one connection that QEMU serves per serial line. Always drained: a reader that does not read stops the guest's console.
 * QEMU also writes what it says to a log, so that nothing is lost while this service is down. */

/** Beyond this the log is emptied, after the ring was saved beside it. Only while the service is down it may grow larger. */
export const SERIAL_LOG_MAX_BYTES = 4 * 1024 * 1024;
export const SAVED_RING_FILE = 'serial.old';

export class SerialPort {
  readonly #directory: MachineDirectory;
  readonly #log: Log;
  readonly #onLost: () => void;
  readonly #line: SerialLine;
  #socket: net.Socket | undefined;
  #loggedBytes = 0;
  #emptying = false;
  #closed = false;

  /** @param onLost the connection broke: QEMU may be gone */
  constructor(directory: MachineDirectory, log: Log, onLost: () => void) {
    this.#directory = directory;
    this.#log = log;
    this.#onLost = onLost;
    this.#line = new SerialLine((bytes, sent) => {
      // Keys pressed while nobody listens are lost, as on a cable that is not plugged in.
      if (this.#socket?.writable) this.#socket.write(bytes, () => sent()); else sent();
    });
  }

  /** Takes the line. What the guest says from now on is kept; `listen: false` lets it wait for restore(). */
  connect({ listen = true } = {}): void {
    if (this.#closed) return;
    const socket = net.connect(this.#directory.address(FILES.serial));
    let connected = false;
    this.#socket = socket;
    if (!listen) socket.pause();
    socket.on('data', bytes => this.#hear(bytes));
    socket.once('connect', () => { connected = true; });
    socket.on('error', () => {}); // 'close' follows
    socket.once('close', () => {
      if (this.#closed) return;
      this.#onLost();
      if (connected) this.connect(); // is refused when QEMU is gone, and that is the end of it
    });
  }

  /** After a restart of the service: what was said while nobody was here, from QEMU's log; then live. */
  async restore(): Promise<void> {
    const log = await readTail(this.#directory.file(FILES.serialLog), SERIAL_RING_BYTES);
    const saved = log.length < SERIAL_RING_BYTES ? await readTail(this.#directory.file(SAVED_RING_FILE), SERIAL_RING_BYTES) : Buffer.alloc(0);
    this.#line.hear(saved, Number.NaN);
    this.#loggedBytes = await fileBytes(this.#directory.file(FILES.serialLog)) - log.length; // it may have grown large meanwhile
    this.#hear(log, Number.NaN);
    this.#socket?.resume();
  }

  view(): Duplex { return this.#line.view(); }
  /** The end of what was said. */
  tail(maxBytes: number): Buffer { return tailOf(this.#line.ring, maxBytes); }
  stamped(maxBytes: number): string { return this.#line.stamped(maxBytes); }

  /** Lets go of the line; viewers see the rest and then the end of their streams. */
  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
    this.#line.end();
  }

  #hear(bytes: Buffer, atMs?: number): void {
    this.#line.hear(bytes, atMs);
    this.#loggedBytes += bytes.length;
    if (this.#loggedBytes > SERIAL_LOG_MAX_BYTES && !this.#emptying) void this.#emptyLog();
  }

  async #emptyLog(): Promise<void> {
    this.#emptying = true;
    this.#loggedBytes = 0;
    try {
      await writeFileAtomic(this.#directory.file(SAVED_RING_FILE), this.#line.ring.all(), { durable: false });
      await emptyFile(this.#directory.file(FILES.serialLog));
    } catch (error) {
      if (!this.#closed) this.#log.warn('the log of a serial line cannot be emptied', { path: this.#directory.path, error: (error as Error).message });
    } finally { this.#emptying = false; }
  }
}

const fileBytes = async (path: string): Promise<number> => { try { return (await lstat(path)).size; } catch { return 0; } };
