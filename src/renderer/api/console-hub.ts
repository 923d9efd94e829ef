import type { Bridge, ConsoleId, SessionId } from '../../shared/ipc';
import type { Disposable } from '../../shared/lib/emitter';
import { CallFailed } from './failure';

/* The byte streams of consoles that are shown. Bytes may arrive before the answer that names the stream, and before
 * somebody listens: they wait. */

export interface ConsoleListener { onData: (bytes: Uint8Array) => void; onClosed: (reason: string) => void }
export interface ConsoleStream extends Disposable {
  /** Once; what was said before comes first. */
  listen(listener: ConsoleListener): void;
  write(bytes: Uint8Array): void;
  /** So many bytes were shown: the host may send more. */
  ack(byteCount: number): void;
}
type Said = { bytes: Uint8Array } | { closed: string };

export class ConsoleHub {
  readonly #bridge: Bridge;
  readonly #listeners = new Map<ConsoleId, ConsoleListener>();
  /** What streams said to which nobody listens yet. */
  readonly #waiting = new Map<ConsoleId, Said[]>();
  /** What names said that we do not know: while a stream is being opened, it may be that one. */
  readonly #early = new Map<ConsoleId, Said[]>();
  /** Streams that we gave up, until main knows it: what they still say is for nobody. */
  readonly #leaving = new Set<ConsoleId>();
  #opening = 0;

  constructor(bridge: Bridge) { this.#bridge = bridge; }

  start(): Disposable {
    const stops = [
      this.#bridge.on('console.data', ({ id, bytes }) => { this.#said(id, { bytes }); }),
      this.#bridge.on('console.closed', ({ id, reason }) => { this.#said(id, { closed: reason }); }),
    ];
    return { dispose: () => { for (const stop of stops) stop(); } };
  }

  /** Opens a console; rejects with CallFailed when the host does not give it. */
  async open(session: SessionId, consoleRef: string): Promise<ConsoleStream> {
    this.#opening++;
    try {
      const reply = await this.#bridge.invoke('console.open', session, consoleRef);
      if (!reply.ok) throw new CallFailed(reply.kind === 'silent' ? { kind: 'silent', reason: reply.reason } : { kind: 'refused', code: reply.code, params: reply.params });
      return this.#streamOf(reply.value);
    } finally { if (--this.#opening === 0) this.#early.clear(); }
  }

  #streamOf(id: ConsoleId): ConsoleStream {
    this.#waiting.set(id, this.#early.get(id) ?? []);
    this.#early.delete(id);
    let open = true;
    return {
      listen: listener => {
        const said = this.#waiting.get(id) ?? [];
        this.#waiting.delete(id);
        this.#listeners.set(id, { onData: listener.onData, onClosed: reason => { open = false; listener.onClosed(reason); } });
        for (const each of said) this.#said(id, each);
      },
      write: bytes => { if (open) void this.#bridge.invoke('console.write', id, bytes); },
      ack: byteCount => { if (open) void this.#bridge.invoke('console.ack', id, byteCount); },
      dispose: () => {
        if (!open) return;
        open = false;
        this.#listeners.delete(id);
        this.#waiting.delete(id);
        this.#leaving.add(id);
        void this.#bridge.invoke('console.close', id).finally(() => { this.#leaving.delete(id); });
      },
    };
  }

  #said(id: ConsoleId, said: Said): void {
    const listener = this.#listeners.get(id);
    if (!listener) {
      if (this.#leaving.has(id)) return;
      const waiting = this.#waiting.get(id) ?? this.#early.get(id);
      if (waiting) waiting.push(said);
      else if (this.#opening > 0) this.#early.set(id, [said]);
      return;
    }
    if ('bytes' in said) { listener.onData(said.bytes); return; }
    this.#listeners.delete(id);
    listener.onClosed(said.closed);
  }
}
