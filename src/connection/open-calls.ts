/* All calls over one socket, told apart by their ids. */
import { HostSilent } from './errors';
import { readAnswer, requestText } from './jsonrpc';
import { PENDING_CALLS_MAX } from './limits';

interface Open { timer: ReturnType<typeof setTimeout>; resolve: (value: unknown) => void; reject: (error: Error) => void }

export class OpenCalls {
  readonly #send: (text: string) => void;
  readonly #most: number;
  readonly #open = new Map<number, Open>();
  #lastId = 0;
  #ended: HostSilent | undefined;

  constructor(send: (text: string) => void, most = PENDING_CALLS_MAX) { this.#send = send; this.#most = most; }

  call(method: string, params: readonly unknown[], timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended) { reject(this.#ended); return; }
      if (this.#open.size >= this.#most) { reject(new HostSilent('too-many-calls', method)); return; }
      const id = ++this.#lastId, text = requestText(id, method, params);
      const timer = setTimeout(() => { this.#open.delete(id); reject(new HostSilent('call-timeout', method)); }, timeoutMs);
      this.#open.set(id, { timer, resolve, reject });
      this.#send(text);
    });
  }

  /** One message of the host; false: it is no answer to anything. */
  take(text: string): boolean {
    const message = readAnswer(text);
    if (!message) return false;
    const call = typeof message.id === 'number' ? this.#open.get(message.id) : undefined;
    if (!call) return true; // its time ran out before
    this.#open.delete(message.id as number);
    clearTimeout(call.timer);
    if (message.answer.ok) call.resolve(message.answer.value); else call.reject(message.answer.error);
    return true;
  }

  /** Those under way, and all that follow. False: it has ended before. */
  end(silent: HostSilent): boolean {
    if (this.#ended) return false;
    this.#ended = silent;
    for (const { timer, reject } of this.#open.values()) { clearTimeout(timer); reject(silent); }
    this.#open.clear();
    return true;
  }
}
