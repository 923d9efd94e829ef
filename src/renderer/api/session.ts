import type { AllCalls, AsyncCalls, Method, Ref } from '../../shared/api';
import type { Bridge, DownloadWish, LocalFile, MetricsClass, MetricsHistory, Reply, SessionId, SessionView, TransferReply, UploadWish } from '../../shared/ipc';
import { CallFailed, type Failure, failureOf } from './failure';
import { Feed } from './feed';
import { finished, type TaskOutcome } from './follow';
import type { About, Again, Journal } from './journal';
import { type Changes, RecordStore } from './record-store';
import { SeenChanges } from './seen-changes';
import { Value } from './value';

/** `again`: how it can be taken up when it breaks off. Aborting stops it. */
export interface TransferHow { signal?: AbortSignal; again?: (failure: Failure) => Again; /** Of an upload that can go on. */ held?: Held }
/** The task that waits at the host for the rest of an upload. */
export interface Held { task?: Ref<'task'> | undefined; /** Watched once: who sees the end clears it away. */ ending?: Promise<TaskOutcome> }

/** One session as the screens see it: where it stands, its records, and calls. */
export class Session {
  readonly id: SessionId;
  readonly records = new RecordStore();
  readonly seen = new SeenChanges(this.records);
  readonly view: Value<SessionView>;
  /** Fresh figures of all its objects, while a screen listens. */
  readonly feed: Feed;
  /** Of the view that was looked at last. */
  #allowed: { permissions: readonly string[]; names: ReadonlySet<string> } | undefined;
  readonly #bridge: Bridge;
  readonly #journal: Journal;

  constructor(bridge: Bridge, journal: Journal, view: SessionView) {
    this.id = view.id;
    this.view = new Value(view);
    this.#bridge = bridge;
    this.#journal = journal;
    this.feed = new Feed(wanted => { void bridge.invoke('metrics.watch', view.id, wanted); });
  }

  /** The host tells of its records. */
  take(patch: Changes): void { this.seen.note(patch); this.records.apply(patch); }

  get isLive(): boolean { return this.view.get().state.at === 'live'; }
  /** Whether the user's role allows it (`vm.start`; with a key of a map: `vm.add_to_other_config/key:folder`). Who may the whole may each key. */
  may(permission: string): boolean {
    const { permissions } = this.view.get();
    if (!permissions) return true;
    if (this.#allowed?.permissions !== permissions) this.#allowed = { permissions, names: new Set(permissions) };
    const { names } = this.#allowed, [whole = ''] = permission.split('/key:');
    return names.has(permission) || names.has(whole);
  }

  /** The host's answer, or CallFailed. */
  async call<M extends Method>(method: M, ...args: Parameters<AllCalls[M]>): Promise<ReturnType<AllCalls[M]>> {
    return valueOf<unknown>(await this.#bridge.invoke('session.call', this.id, method, args)) as ReturnType<AllCalls[M]>;
  }

  /** All that the host keeps of one object's figures, or CallFailed; `http-404` is that it keeps none. */
  async history(cls: MetricsClass, ref: string): Promise<MetricsHistory> { return valueOf(await this.#bridge.invoke('metrics.history', this.id, cls, ref)); }

  /** Into a placed file. What broke off keeps its part, for `resume`, until it is given up. */
  async download(about: About, file: LocalFile, wish: DownloadWish, { resume = false, ...how }: TransferHow & { resume?: boolean }): Promise<void> {
    await this.#transfer(wish.what === 'vm' ? 'VM.export' : 'export_raw_vdi', about, file, how, task => this.#bridge.invoke('transfer.receive', this.id, file.id, task, wish, resume), async () => {
      if (!await this.#bridge.invoke('file.settle', file.id, true)) throw new CallFailed({ kind: 'file', reason: 'it could not be given its name' });
    });
  }
  /** What has come of a download goes. */
  async giveUp(file: LocalFile): Promise<void> { await this.#bridge.invoke('file.settle', file.id, false); }

  /** Out of a chosen file; what the host made of it is in the task's result. */
  upload(about: About, file: LocalFile, wish: UploadWish, how: TransferHow): Promise<TaskOutcome> {
    return this.#transfer(wish.what === 'vm' ? 'VM.import' : 'import_raw_vdi', about, file, how, (task, goesOn) => this.#bridge.invoke('transfer.send', this.id, file.id, task, wish, goesOn));
  }
  /** What has come of an upload goes; resolves when it has. */
  async giveUpHeld(held: Held): Promise<void> {
    const { task, ending } = held;
    held.task = undefined;
    if (task === undefined || this.records.get('task', task)?.status !== 'pending') return;
    await this.call('task.cancel', task);
    await ending?.catch(() => undefined);
  }

  /** Bytes between main and the host, in a task that tells how far they are and how it ended. */
  async #transfer(method: string, about: About, file: LocalFile, { signal, again, held }: TransferHow, work: (task: Ref<'task'>, goesOn: boolean) => Promise<TransferReply>, finish = async (): Promise<void> => { /* all is done */ }): Promise<TaskOutcome> {
    if (signal?.aborted) throw new CallFailed({ kind: 'aborted' });
    let task: Ref<'task'> | undefined, stopped = false;
    const stop = (): void => {
      stopped = true;
      if (task) void this.call('task.cancel', task).catch(() => undefined);
      void this.#bridge.invoke('transfer.cancel', file.id);
    };
    const entry = this.#journal.begin(this.id, method, about, stop);
    const unwatch = this.#bridge.on('transfer.progress', ({ file: id, bytes, totalBytes }) => { if (id === file.id) entry.amount(bytes, totalBytes); });
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const waiting = held?.task, made: Ref<'task'> = waiting ?? await this.call('task.create', method, about.subject);
      task = made;
      if (held) held.task = made;
      entry.bind(made);
      const ending = (waiting === undefined ? undefined : held?.ending) ?? finished(this, made, method);
      if (held) held.ending = ending;
      ending.catch(() => undefined); // read below
      const reply = await work(made, waiting !== undefined);
      // The host waits for the rest.
      if (held && !stopped && !reply.ok && reply.kind === 'silent' && this.records.get('task', made)?.status === 'pending') throw transferFailed(reply);
      const isOurs = !reply.ok && this.records.get('task', made)?.status === 'pending';
      // The host may never have begun: then nobody else ends the task.
      if (isOurs) await this.call('task.cancel', made).catch(() => undefined);
      const outcome = await ending.catch((error: unknown) => { throw reply.ok || !tellsLess(failureOf(error), isOurs) ? error : transferFailed(reply); });
      await finish();
      entry.succeed();
      return outcome;
    } catch (error) {
      const shown = stopped ? new CallFailed({ kind: 'aborted' }) : error;
      entry.fail(shown, again?.(failureOf(shown)));
      throw shown;
    } finally {
      unwatch();
      signal?.removeEventListener('abort', stop);
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
const transferFailed = (reply: TransferReply & { ok: false }): CallFailed => {
  switch (reply.kind) {
    case 'refused': return new CallFailed({ kind: 'refused', code: reply.code, params: reply.params });
    case 'silent': return new CallFailed({ kind: 'silent', reason: reply.reason });
    case 'file': return new CallFailed({ kind: 'file', reason: reply.reason });
  }
};
/** Than what was seen here: a task that we ended ourselves, or that nobody remembers. */
const tellsLess = (failure: Failure, isOurs: boolean): boolean => failure.kind === 'outcome-unknown' || (isOurs && failure.kind === 'aborted');
