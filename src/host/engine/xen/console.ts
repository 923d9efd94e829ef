import { constants, openSync } from 'node:fs';
import { appendFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { ReadStream } from 'node:tty';
import { readTail } from '../../platform/durable-files';
import type { Log } from '../../platform/log';
import { SERIAL_RING_BYTES, SerialLine, tailOf } from '../serial-line';

/* A domain's text console: the terminal that xenconsoled (or, for HVM, its QEMU) made for it. One reader, always draining: two would share what the guest says between
 * them. What it said is also in a file, for after its end and for the service's next life. */

const LOG_MAX_BYTES = 4 * 1024 * 1024;
const BEFORE = '.before';

export class DomainConsole {
  readonly #log: Log;
  readonly #path: string;
  readonly #line: SerialLine;
  #terminal: ReadStream | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #written = 0;
  #closed = false;

  /** @param path its log, kept between its runs */
  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    // Keys pressed while there is no terminal are lost, as on a cable that is not plugged in.
    this.#line = new SerialLine((bytes, sent) => { if (this.#terminal?.writable === true) this.#terminal.write(bytes, () => { sent(); }); else sent(); });
  }

  /** A new boot begins: its log starts empty. */
  async fresh(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await rm(`${this.#path}${BEFORE}`, { force: true });
    await rm(this.#path, { force: true });
  }
  /** What an earlier life of the service has heard. */
  async restore(): Promise<void> { this.#line.hear(await readConsole(this.#path, SERIAL_RING_BYTES), Number.NaN); }

  /** Another terminal after a reset; viewers stay. */
  connect(terminal: string): void {
    if (this.#closed) return;
    this.#terminal?.destroy();
    const stream = this.#terminal = new ReadStream(openSync(terminal, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK));
    stream.setRawMode(true);
    stream.on('data', (bytes: Buffer) => { this.#hear(bytes); });
    stream.on('error', () => { /* EIO: the domain is gone, and its terminal with it */ });
    stream.unref();
  }
  view(): Duplex { return this.#line.view(); }
  tail(maxBytes: number): Buffer { return tailOf(this.#line.ring, maxBytes); }
  stamped(maxBytes: number): string { return this.#line.stamped(maxBytes); }

  /** Viewers see the rest, then the end. Resolves when the log is written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#terminal?.destroy();
    this.#line.end();
    await this.#writing;
  }

  #hear(bytes: Buffer): void {
    this.#line.hear(bytes);
    this.#writing = this.#writing.then(async () => {
      await appendFile(this.#path, bytes, { mode: 0o600 });
      this.#written += bytes.length;
      if (this.#written > LOG_MAX_BYTES) { this.#written = 0; await rename(this.#path, `${this.#path}${BEFORE}`); }
    }).catch((error: unknown) => { if (!this.#closed) this.#log.warn('the log of a console is not written', { path: this.#path, why: (error as Error).message }); });
  }
}

/** The end of what a console's log holds. */
export const readConsole = async (path: string, maxBytes: number): Promise<Buffer> => {
  const now = await readTail(path, maxBytes);
  return now.length >= maxBytes ? now : Buffer.concat([await readTail(`${path}${BEFORE}`, maxBytes - now.length), now]);
};
