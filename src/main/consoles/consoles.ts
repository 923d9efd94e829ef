/* Console streams between hosts and windows, by id. A window says what it has shown; while too much is on the way to it,
 * we stop reading, the host's socket fills, and the guest's output waits where it is made. */
import type { Duplex } from 'node:stream';
import type { ConsoleId, Reply, SessionId } from '../../shared/ipc';
import { Emitter } from '../../shared/lib/emitter';
import { HostSilent } from '../../client';

export const UNACKED_MAX_BYTES = 1024 * 1024;
/** Keystrokes and a pasted text that the host has not taken yet. */
export const UNSENT_MAX_BYTES = 4 * 1024 * 1024;
export const CONSOLES_MAX = 64;

interface Open { session: SessionId; stream: Duplex; unackedBytes: number }
/** Of Sessions, what is needed. */
export interface ConsoleSource { find(id: SessionId): { openConsole(ref: string): Promise<Reply<Duplex>> } | undefined }

export class Consoles {
  readonly onData = new Emitter<{ id: ConsoleId; bytes: Uint8Array }>();
  readonly onClosed = new Emitter<{ id: ConsoleId; reason: string }>();
  readonly #source: ConsoleSource;
  readonly #open = new Map<ConsoleId, Open>();
  /** Raised when all are closed: what is still being opened then is closed as it comes. */
  #generation = 0;
  #opening = 0;
  #lastId = 0;

  constructor(source: ConsoleSource) { this.#source = source; }

  async open(session: SessionId, consoleRef: string): Promise<Reply<ConsoleId>> {
    const from = this.#source.find(session);
    if (!from) return silent('no-such-session');
    if (this.#open.size + this.#opening >= CONSOLES_MAX) return silent('too-many-consoles');
    const generation = this.#generation;
    this.#opening++;
    const reply = await from.openConsole(consoleRef).finally(() => { this.#opening--; });
    if (!reply.ok) return reply;
    const stream = reply.value;
    if (generation !== this.#generation || !this.#source.find(session)) {
      stream.on('error', () => undefined).destroy();
      return silent('cancelled');
    }
    return { ok: true, value: this.#hold(session, stream) };
  }

  write(id: ConsoleId, bytes: Uint8Array): void {
    const open = this.#open.get(id);
    if (!open) return;
    open.stream.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (open.stream.writableLength > UNSENT_MAX_BYTES) this.#end(id, 'not-reading');
  }

  ack(id: ConsoleId, byteCount: number): void {
    const open = this.#open.get(id);
    if (!open) return;
    open.unackedBytes = Math.max(0, open.unackedBytes - byteCount);
    if (open.unackedBytes <= UNACKED_MAX_BYTES && open.stream.isPaused()) open.stream.resume();
  }

  close(id: ConsoleId): void { this.#forget(id); }
  /** A window that reloads knows none of its consoles any more. */
  closeAll(): void {
    this.#generation++;
    for (const id of [...this.#open.keys()]) this.#forget(id);
  }
  closeOf(session: SessionId): void { for (const [id, open] of [...this.#open]) if (open.session === session) this.#end(id, 'closed'); }

  #hold(session: SessionId, stream: Duplex): ConsoleId {
    const id = `console-${++this.#lastId}`;
    const open: Open = { session, stream, unackedBytes: 0 };
    this.#open.set(id, open);
    stream.on('data', (chunk: Buffer) => {
      open.unackedBytes += chunk.length;
      if (open.unackedBytes > UNACKED_MAX_BYTES) stream.pause();
      // A copy of its own: a message carries the whole memory behind a view, and Node's chunks share theirs.
      this.onData.emit({ id, bytes: new Uint8Array(chunk) });
    });
    stream.on('error', error => { this.#end(id, HostSilent.from(error).reason); });
    stream.on('end', () => { this.#end(id, 'closed'); });
    stream.on('close', () => { this.#end(id, 'closed'); });
    return id;
  }
  #end(id: ConsoleId, reason: string): void { if (this.#forget(id)) this.onClosed.emit({ id, reason }); }
  #forget(id: ConsoleId): boolean {
    const open = this.#open.get(id);
    this.#open.delete(id);
    open?.stream.destroy();
    return open !== undefined;
  }
}

const silent = (reason: string): { ok: false; kind: 'silent'; reason: string } => ({ ok: false, kind: 'silent', reason });
