import net from 'node:net';
import { LineCutter } from '../qmp/lines';

/* The guest agent's end of a virtio port, as one conversation: one question at a time, each with its time. Who is on the other side is a guest, so nothing that
 * it says is believed: an answer has a largest length, what nobody asked for is not read (the socket is paused meanwhile, which holds up the guest's agent
 * and nobody else), and after anything odd the two get in step again before the next question. */

export const AGENT_SYNC_TIMEOUT_MS = 3_000;
export const AGENT_REPLY_TIMEOUT_MS = 5_000;
export const AGENT_ANSWER_MAX_BYTES = 512 * 1024;
/** Never part of UTF-8: before it, everything is an earlier conversation's. */
const SENTINEL = 0xff;

export class AgentError extends Error {
  /** absent: nobody is there. timeout: no answer. refused: the agent answered with an error. garbled: what came is no answer. */
  readonly kind: 'absent' | 'timeout' | 'refused' | 'garbled';
  constructor(kind: AgentError['kind'], detail: string) { super(detail); this.name = 'AgentError'; this.kind = kind; }
}

type Answer = { is: 'return'; value: unknown } | { is: 'error'; desc: string };
/** True: this was the answer. */
type Take = (answer: Answer) => boolean;

export class AgentPort {
  readonly #path: string;
  readonly #onLost: () => void;
  readonly #syncTimeoutMs: number;
  #socket: net.Socket | undefined;
  #inStep = false;
  #heardSentinel = false;
  #lines = new LineCutter(AGENT_ANSWER_MAX_BYTES);
  #waiting: { take: Take; fail: (error: AgentError) => void } | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #lastId = 0;
  #closed = false;

  /** @param onLost the connection broke: QEMU may be gone */
  constructor(path: string, onLost: () => void = () => {}, syncTimeoutMs = AGENT_SYNC_TIMEOUT_MS) { this.#path = path; this.#onLost = onLost; this.#syncTimeoutMs = syncTimeoutMs; }

  connect(): void {
    if (this.#closed) return;
    const socket = net.connect(this.#path);
    let connected = false;
    this.#socket = socket.pause();
    this.#inStep = false;
    socket.on('data', bytes => this.#hear(bytes));
    socket.once('connect', () => { connected = true; });
    socket.on('error', () => {}); // 'close' follows
    socket.once('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#waiting?.fail(new AgentError('absent', 'QEMU closed the connection'));
      if (this.#closed) return;
      this.#onLost();
      if (connected) this.connect(); // is refused when QEMU is gone, and that is the end of it
    });
  }

  /** Another agent may be there now: what is still on the way is not for us. */
  outOfStep(): void { this.#inStep = false; }

  /** One question, after those before it. */
  ask(command: string, args: Readonly<Record<string, unknown>> = {}, { timeoutMs = AGENT_REPLY_TIMEOUT_MS } = {}): Promise<unknown> {
    const answer = this.#turn.then(async () => {
      if (!this.#inStep) await this.#getInStep();
      return await this.#say(`${JSON.stringify({ execute: command, arguments: args })}\n`, command, timeoutMs, () => true);
    });
    this.#turn = answer.catch(() => {});
    return answer;
  }

  /** Written whatever else is going on, and not waited for: the last thing that this side says. */
  sayLast(command: string): void {
    const socket = this.#socket;
    this.close(socket?.writable === true ? Buffer.concat([Buffer.of(SENTINEL), Buffer.from(`${JSON.stringify({ execute: command })}\n`)]) : undefined);
  }

  close(last?: Buffer): void {
    this.#closed = true;
    if (last) this.#socket?.end(last, () => { this.#socket?.destroy(); }); else this.#socket?.destroy();
  }

  async #getInStep(): Promise<void> {
    const id = ++this.#lastId;
    this.#heardSentinel = false;
    const question = Buffer.concat([Buffer.of(SENTINEL), Buffer.from(`${JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } })}\n`)]);
    await this.#say(question, 'guest-sync-delimited', this.#syncTimeoutMs, answer => answer.is === 'return' && answer.value === id);
    this.#inStep = true;
  }

  #say(question: string | Buffer, command: string, timeoutMs: number, isAnswer: Take): Promise<unknown> {
    const socket = this.#socket;
    if (this.#closed || !socket) return Promise.reject(new AgentError('absent', `${command}: no connection`));
    return new Promise((resolve, reject) => {
      const settle = (done: () => void): void => { clearTimeout(timer); this.#waiting = undefined; socket.pause(); done(); };
      const fail = (error: AgentError): void => { this.#inStep = false; settle(() => reject(error)); };
      const timer = setTimeout(() => fail(new AgentError('timeout', `${command}: no answer within ${timeoutMs} ms`)), timeoutMs);
      this.#waiting = {
        fail,
        take: answer => {
          if (!isAnswer(answer)) return false;
          settle(() => { if (answer.is === 'return') resolve(answer.value); else reject(new AgentError('refused', `${command}: ${answer.desc}`)); });
          return true;
        },
      };
      socket.write(question);
      socket.resume();
    });
  }

  #hear(bytes: Buffer): void {
    const at = bytes.lastIndexOf(SENTINEL);
    if (at >= 0) { this.#heardSentinel = true; this.#lines = new LineCutter(AGENT_ANSWER_MAX_BYTES); }
    if (!this.#heardSentinel || !this.#waiting) return;
    try {
      for (const line of this.#lines.push(bytes.subarray(at + 1))) {
        const answer = parseAnswer(line);
        // Before the two are in step, an odd line is an earlier conversation's.
        if (answer === undefined && this.#inStep) throw new Error('neither an answer nor an error');
        if (answer !== undefined && this.#waiting?.take(answer) === true) return;
      }
    } catch (error) {
      this.#lines = new LineCutter(AGENT_ANSWER_MAX_BYTES);
      this.#heardSentinel = false;
      this.#waiting?.fail(new AgentError('garbled', `not a guest agent: ${(error as Error).message}`));
    }
  }
}

const ERROR_MAX_CHARS = 200;
const parseAnswer = (line: string): Answer | undefined => {
  let said: unknown;
  try { said = JSON.parse(line); } catch { return undefined; }
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return undefined;
  if (Object.hasOwn(said, 'return')) return { is: 'return', value: (said as { return: unknown }).return };
  if (!Object.hasOwn(said, 'error')) return undefined;
  const { error } = said as { error: unknown };
  const desc = typeof error === 'object' && error !== null ? (error as { desc?: unknown }).desc : undefined;
  return { is: 'error', desc: typeof desc === 'string' ? desc.replace(/\p{C}/gu, ' ').slice(0, ERROR_MAX_CHARS) : 'no reason given' };
};
