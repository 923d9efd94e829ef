import net from 'node:net';
import { Emitter } from '../../../../shared/lib/emitter';
import type { Disposable } from '../../../../shared/lib/emitter';
import { LineCutter } from './lines';
import { parseMessage } from './messages';
import type { QmpEvent, QmpMessage } from './messages';

/* One connection to one QEMU monitor, from greeting to close. After close() or a lost socket it is of no use: connect again.
 * QEMU serves one client per monitor socket; a second one is queued and hears no greeting. */

export const QMP_GREETING_TIMEOUT_MS = 5_000;
export const QMP_REPLY_TIMEOUT_MS = 20_000;

export class QmpError extends Error {
  /** refused: QEMU answered with an error. closed: the connection is gone. timeout: no answer. protocol: what came is not QMP. */
  readonly kind: 'refused' | 'closed' | 'timeout' | 'protocol';
  /** QEMU's error class, when refused. */
  readonly qemuClass: string;
  constructor(kind: QmpError['kind'], detail: string, qemuClass = '') { super(detail); this.name = 'QmpError'; this.kind = kind; this.qemuClass = qemuClass; }
}

export interface ConnectOptions { greetingTimeoutMs?: number; replyTimeoutMs?: number; lineMaxBytes?: number; signal?: AbortSignal }
interface Waiting { command: string; resolve(value: unknown): void; reject(error: QmpError): void; timer: NodeJS.Timeout }

export class QmpClient implements Disposable {
  /** Resolves when the monitor is ready for commands. On failure or abort the socket is closed. */
  static async connect(path: string, options: ConnectOptions = {}): Promise<QmpClient> {
    const client = new QmpClient(net.connect(path), options);
    const onAbort = (): void => { client.#end(new QmpError('closed', 'given up')); };
    options.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      options.signal?.throwIfAborted();
      await client.#greeted;
      await client.execute('qmp_capabilities');
      return client;
    } catch (error) {
      client.dispose();
      options.signal?.throwIfAborted();
      throw error;
    } finally { options.signal?.removeEventListener('abort', onAbort); }
  }

  /** Resolves once, with the reason, when the connection is over. */
  readonly closed: Promise<QmpError>;
  readonly #socket: net.Socket;
  readonly #lines: LineCutter;
  readonly #events = new Emitter<QmpEvent>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #greeted: Promise<void>;
  readonly #replyTimeoutMs: number;
  #onGreeting: (error?: QmpError) => void = () => {};
  #onClosed: (why: QmpError) => void = () => {};
  #over: QmpError | undefined;
  #lastId = 0;

  private constructor(socket: net.Socket, { greetingTimeoutMs = QMP_GREETING_TIMEOUT_MS, replyTimeoutMs = QMP_REPLY_TIMEOUT_MS, lineMaxBytes }: ConnectOptions) {
    this.#socket = socket;
    this.#replyTimeoutMs = replyTimeoutMs;
    this.#lines = new LineCutter(lineMaxBytes);
    this.closed = new Promise(resolve => { this.#onClosed = resolve; });
    this.#greeted = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(new QmpError('timeout', `no greeting within ${greetingTimeoutMs} ms: QEMU hangs, or another client holds this monitor`)), greetingTimeoutMs);
      this.#onGreeting = error => { clearTimeout(timer); if (error) reject(error); else resolve(); };
    });
    this.#greeted.catch(() => {}); // connect() may have left already
    socket.on('data', chunk => this.#onData(chunk));
    socket.on('error', error => this.#end(new QmpError('closed', error.message)));
    socket.on('close', () => this.#end(new QmpError('closed', 'QEMU closed the connection')));
  }

  /** The command's return value. QmpError when QEMU refuses, is silent, or the connection ends first. */
  execute(command: string, args?: Readonly<Record<string, unknown>>, { timeoutMs = this.#replyTimeoutMs } = {}): Promise<unknown> {
    if (this.#over) return Promise.reject(new QmpError(this.#over.kind, `${command}: ${this.#over.message}`));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new QmpError('timeout', `${command}: no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.set(id, { command, resolve, reject, timer });
      this.#socket.write(`${JSON.stringify({ execute: command, ...(args ? { arguments: args } : {}), id })}\n`);
    });
  }

  /** What `work` sends leaves in one packet. */
  together<T>(work: () => T): T {
    this.#socket.cork();
    try { return work(); } finally { this.#socket.uncork(); }
  }

  /** Listen before sending the command whose event you wait for: events come within a millisecond of the reply, or before it. */
  onEvent(listener: (event: QmpEvent) => void): Disposable { return this.#events.on(listener); }

  dispose(): void { this.#end(new QmpError('closed', 'closed by this side')); }

  #onData(chunk: Buffer): void {
    try {
      for (const line of this.#lines.push(chunk)) {
        if (this.#over) return; // a listener closed us
        this.#onMessage(parseMessage(line));
      }
    } catch (error) { this.#end(new QmpError('protocol', `not QMP: ${(error as Error).message}`)); }
  }

  #onMessage(message: QmpMessage): void {
    switch (message.is) {
      case 'greeting': this.#onGreeting(); return;
      case 'event': this.#events.emit(message.event); return;
      case 'return': this.#take(message.id)?.resolve(message.value); return;
      case 'error': {
        if (message.id === undefined) throw new Error(`QEMU could not read a command: ${message.desc}`);
        const waiting = this.#take(message.id);
        waiting?.reject(new QmpError('refused', `${waiting.command}: ${message.desc}`, message.class));
        return;
      }
    }
  }

  /** Undefined for an answer that nobody waits for any more. */
  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting) { this.#waiting.delete(id); clearTimeout(waiting.timer); }
    return waiting;
  }

  #end(why: QmpError): void {
    if (this.#over) return;
    this.#over = why;
    this.#socket.destroy();
    this.#onGreeting(why);
    for (const id of [...this.#waiting.keys()]) {
      const waiting = this.#take(id)!;
      waiting.reject(new QmpError(why.kind, `${waiting.command}: ${why.message}`));
    }
    this.#onClosed(why);
  }
}
