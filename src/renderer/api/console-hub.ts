import type { Bridge, ConsoleId, SessionId } from '../../shared/ipc';
import type { Disposable } from '../../shared/lib/emitter';
import { CallFailed } from './failure';

/* The byte streams of consoles that are shown. Bytes may arrive before the answer that names the stream: they wait. */

export interface ConsoleListener { onData(bytes: Uint8Array): void; onClosed(reason: string): void }
export interface ConsoleStream extends Disposable {
  write(bytes: Uint8Array): void;
  /** So many bytes were shown: the host may send more. */
  ack(byteCount: number): void;
}
type Said = { bytes: Uint8Array } | { closed: string };

export class ConsoleHub {
  readonly #bridge: Bridge;
  readonly #open = new Map<ConsoleId, ConsoleListener>();
  /** What was said by streams whose name is still on its way; present only while one is being opened. */
  readonly #early = new Map<ConsoleId, Said[]>();
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
  async open(session: SessionId, consoleRef: string, listener: ConsoleListener): Promise<ConsoleStream> {
    this.#opening++;
    try {
      const reply = await this.#bridge.invoke('console.open', session, consoleRef);
      if (!reply.ok) throw new CallFailed(reply.kind === 'silent' ? { kind: 'silent', reason: reply.reason } : { kind: 'refused', code: reply.code, params: reply.params });
      return this.#bind(reply.value, listener);
    } finally {
      if (--this.#opening === 0) this.#early.clear();
    }
  }

  #bind(id: ConsoleId, listener: ConsoleListener): ConsoleStream {
    const early = this.#early.get(id) ?? [];
    this.#early.delete(id);
    this.#open.set(id, listener);
    // After the caller has its stream in hand: what it shows it must be able to acknowledge.
    queueMicrotask(() => { for (const said of early) this.#said(id, said); });
    return {
      write: bytes => { void this.#bridge.invoke('console.write', id, bytes); },
      ack: byteCount => { void this.#bridge.invoke('console.ack', id, byteCount); },
      dispose: () => { if (this.#open.delete(id)) void this.#bridge.invoke('console.close', id); },
    };
  }

  #said(id: ConsoleId, said: Said): void {
    const listener = this.#open.get(id);
    if (!listener) {
      if (this.#opening > 0) this.#early.set(id, [...this.#early.get(id) ?? [], said]);
      return;
    }
    if ('bytes' in said) { listener.onData(said.bytes); return; }
    this.#open.delete(id);
    listener.onClosed(said.closed);
  }
}
