import type { AllCalls, AsyncCalls, Method, Ref } from '../../shared/api';
import type { Bridge, ExportWish, ImportWish, LocalFile, MetricsClass, MetricsHistory, Reply, SessionId, SessionView, UploadReply } from '../../shared/ipc';
import { CallFailed, failureOf } from './failure';
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

  /** A VM into a file of this computer; what came to nothing leaves no file. */
  async exportVm(about: About, signal: AbortSignal, file: LocalFile, wish: ExportWish): Promise<void> {
    try {
      await this.#transfer('VM.export', about, signal, task => this.#bridge.invoke('archive.export', this.id, file.id, task, wish));
    } catch (error) {
      await this.#bridge.invoke('archive.settle', file.id, false);
      throw error;
    }
    if (!await this.#bridge.invoke('archive.settle', file.id, true)) throw new CallFailed({ kind: 'file', reason: 'it could not be given its name' });
  }

  /** Answers the VM that came out of the file. */
  async importVm(about: About, signal: AbortSignal, file: LocalFile, wish: ImportWish): Promise<Ref<'VM'> | undefined> {
    const { task } = await this.#transfer('VM.import', about, signal, ref => this.#bridge.invoke('archive.import', this.id, file.id, ref, wish));
    return /OpaqueRef:[-0-9a-f]{36}/.exec(task.result)?.[0] as Ref<'VM'> | undefined;
  }

  /** Bytes between main and the host, in a task that tells how far they are and how it ended. */
  async #transfer(method: string, about: About, signal: AbortSignal, work: (task: Ref<'task'>) => Promise<UploadReply>): Promise<TaskOutcome> {
    if (signal.aborted) throw new CallFailed({ kind: 'aborted' });
    const entry = this.#journal.begin(this.id, method, about);
    try {
      const task: Ref<'task'> = await this.call('task.create', method, about.subject);
      entry.bind(task);
      const ending = finished(this, task, method, signal);
      ending.catch(() => undefined); // read below
      const reply = await work(task), isOurs = !reply.ok && this.records.get('task', task)?.status === 'pending';
      // The host may never have begun: then nobody else ends the task.
      if (isOurs) await this.call('task.cancel', task).catch(() => undefined);
      const outcome = await ending.catch((error: unknown) => { throw !reply.ok && isOurs && !signal.aborted && failureOf(error).kind === 'aborted' ? uploadFailed(reply) : error; });
      entry.succeed();
      return outcome;
    } catch (error) {
      entry.fail(error);
      throw error;
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
