import type { AllCalls, AsyncCalls, Method, Ref } from '../../shared/api';
import type { Bridge, LocalFile, MetricsClass, MetricsHistory, Reply, SessionId, SessionView, UploadReply } from '../../shared/ipc';
import { CallFailed } from './failure';
import { Feed } from './feed';
import { finished, type TaskOutcome } from './follow';
import type { About, Journal } from './journal';
import { RecordStore } from './record-store';
import { Value } from './value';

/** One session as the screens see it: where it stands, its records, and calls. */
export class Session {
  readonly id: SessionId;
  readonly records = new RecordStore();
  readonly view: Value<SessionView>;
  /** Fresh figures of all its objects, while a screen listens. */
  readonly feed: Feed;
  readonly #bridge: Bridge;
  readonly #journal: Journal;

  constructor(bridge: Bridge, journal: Journal, view: SessionView) {
    this.id = view.id;
    this.view = new Value(view);
    this.#bridge = bridge;
    this.#journal = journal;
    this.feed = new Feed(wanted => { void bridge.invoke('metrics.watch', view.id, wanted); });
  }

  get isLive(): boolean { return this.view.get().state.at === 'live'; }

  /** The host's answer, or CallFailed. */
  async call<M extends Method>(method: M, ...args: Parameters<AllCalls[M]>): Promise<ReturnType<AllCalls[M]>> {
    return valueOf<unknown>(await this.#bridge.invoke('session.call', this.id, method, args)) as ReturnType<AllCalls[M]>;
  }

  /** All that the host keeps of one object's figures, or CallFailed; `http-404` is that it keeps none. */
  async history(cls: MetricsClass, ref: string): Promise<MetricsHistory> { return valueOf(await this.#bridge.invoke('metrics.history', this.id, cls, ref)); }

  /** Sends a chosen file into an empty disk. Aborting stops it; what to do with the disk then is the caller's. */
  async upload(about: About, signal: AbortSignal, file: LocalFile, vdi: Ref<'VDI'>): Promise<void> {
    if (signal.aborted) throw new CallFailed({ kind: 'aborted' });
    let stopped = false;
    const stop = (): void => { stopped = true; void this.#bridge.invoke('upload.cancel', file.id); };
    const entry = this.#journal.begin(this.id, 'VDI.import', about, stop);
    const unwatch = this.#bridge.on('upload.progress', ({ file: id, sentBytes }) => { if (id === file.id && file.sizeBytes > 0) entry.progress(sentBytes / file.sizeBytes); });
    signal.addEventListener('abort', stop, { once: true });
    try {
      const reply = await this.#bridge.invoke('upload.send', this.id, file.id, vdi);
      if (!reply.ok) throw stopped ? new CallFailed({ kind: 'aborted' }) : uploadFailed(reply);
      entry.succeed();
    } catch (error) {
      entry.fail(error);
      throw error;
    } finally {
      unwatch();
      signal.removeEventListener('abort', stop);
    }
  }

  /**
   * Calls the Async. form and follows its task to the end. Aborting asks the host to cancel; the answer is still the
   * task's own end.
   */
  async run<M extends keyof AsyncCalls>(about: About, signal: AbortSignal | undefined, method: M, ...args: Parameters<AsyncCalls[M]>): Promise<TaskOutcome> {
    if (signal?.aborted) throw new CallFailed({ kind: 'aborted' });
    const entry = this.#journal.begin(this.id, method, about);
    try {
      const task: Ref<'task'> = await this.call(method, ...args as Parameters<AllCalls[M]>);
      entry.bind(task);
      const outcome = await finished(this, task, method, signal);
      entry.succeed();
      return outcome;
    } catch (error) {
      entry.fail(error);
      throw error;
    }
  }
}

const valueOf = <T>(reply: Reply<T>): T => {
  if (reply.ok) return reply.value;
  throw new CallFailed(reply.kind === 'silent' ? { kind: 'silent', reason: reply.reason } : { kind: 'refused', code: reply.code, params: reply.params });
};
const uploadFailed = (reply: UploadReply & { ok: false }): CallFailed => {
  switch (reply.kind) {
    case 'refused': return new CallFailed({ kind: 'refused', code: reply.code, params: reply.params });
    case 'silent': return new CallFailed({ kind: 'silent', reason: reply.reason });
    case 'file': return new CallFailed({ kind: 'file', reason: reply.reason });
  }
};
