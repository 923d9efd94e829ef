/* Consoles of a page, each a WebSocket of its own. A browser cannot hold one back: who falls too far behind is cut off, and opens it again. */
import type { ConsoleId, Reply } from '../shared/ipc';
import { Emitter } from '../shared/lib/emitter';
import { replyOf } from './host-session';
import { openSocket, socketUrl } from './wire';

/** Come and not yet shown. A picture of 4K is 33 MB. */
const UNACKED_MAX_BYTES = 64 * 1024 * 1024;
/** Keystrokes and a pasted text that the host has not taken yet. */
const UNSENT_MAX_BYTES = 4 * 1024 * 1024;

interface Open { socket: WebSocket; unackedBytes: number }

export class Consoles {
  readonly onData = new Emitter<{ id: ConsoleId; bytes: Uint8Array }>();
  readonly onClosed = new Emitter<{ id: ConsoleId; reason: string }>();
  readonly #open = new Map<ConsoleId, Open>();
  /** Raised when all are closed: what is still being opened then is closed as it comes. */
  #generation = 0;
  #lastId = 0;

  async open(ref: string): Promise<Reply<ConsoleId>> {
    const generation = this.#generation;
    try {
      const socket = await openSocket(socketUrl(`/console?${new URLSearchParams({ ref }).toString()}`), ['binary']);
      if (generation !== this.#generation) { socket.close(); return { ok: false, kind: 'silent', reason: 'cancelled' }; }
      return { ok: true, value: this.#hold(socket) };
    } catch (error) { return replyOf(error); }
  }

  write(id: ConsoleId, bytes: Uint8Array): void {
    const open = this.#open.get(id);
    if (!open) return;
    open.socket.send(bytes.slice());
    if (open.socket.bufferedAmount > UNSENT_MAX_BYTES) this.#end(id, 'not-reading');
  }
  ack(id: ConsoleId, byteCount: number): void {
    const open = this.#open.get(id);
    if (open) open.unackedBytes = Math.max(0, open.unackedBytes - byteCount);
  }
  close(id: ConsoleId): void { this.#forget(id); }
  closeAll(): void {
    this.#generation++;
    for (const id of [...this.#open.keys()]) this.#forget(id);
  }

  #hold(socket: WebSocket): ConsoleId {
    const id = `console-${++this.#lastId}`, open: Open = { socket, unackedBytes: 0 };
    this.#open.set(id, open);
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      open.unackedBytes += data.byteLength;
      this.onData.emit({ id, bytes: new Uint8Array(data) });
      if (open.unackedBytes > UNACKED_MAX_BYTES) this.#end(id, 'closed');
    };
    socket.onclose = () => { this.#end(id, 'closed'); };
    return id;
  }
  #end(id: ConsoleId, reason: string): void { if (this.#forget(id)) this.onClosed.emit({ id, reason }); }
  #forget(id: ConsoleId): boolean {
    const open = this.#open.get(id);
    this.#open.delete(id);
    if (open) { open.socket.onmessage = open.socket.onclose = null; open.socket.close(); }
    return open !== undefined;
  }
}
