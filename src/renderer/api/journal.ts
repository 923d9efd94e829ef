import type { ClassName, TaskRecord } from '../../shared/api';
import type { RecordPatch, SessionId } from '../../shared/ipc';
import { readDate } from './dates';
import { type Failure, failureOf } from './failure';
import { Value } from './value';

/* What was done and how it went: every task of every session, also those of other clients, kept here after the host
 * has cleared them away. */

/** What a call is about, for the list of tasks: `start`, `Tiny Linux 1`. */
export interface About { verb: string; subject: string; subjectRef?: string }

export interface JournalEntry {
  id: number;
  session: SessionId;
  /** `Async.VM.start`; the words for it are in parts/tasks. */
  method: string;
  about?: About;
  task?: string;
  startedAt: number;
  endedAt?: number;
  state: 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled';
  progress: number;
  cancellable: boolean;
  failure?: Failure;
  /** Of work without a task at the host: stops it. */
  cancel?: () => void;
}
/** The hand on one entry, for who made the call. */
export interface OwnEntry { bind(task: string): void; progress(fraction: number): void; succeed(): void; fail(error: unknown): void }

const ENTRIES_MAX = 200;
const TASK: ClassName = 'task';

export class Journal {
  readonly entries = new Value<readonly JournalEntry[]>([]);
  readonly #byTask = new Map<string, number>();
  /** Tasks whose records were seen: when one of them is not there any more, it is gone. */
  readonly #told = new Set<string>();
  #lastId = 0;

  /** @param cancel for work without a task: it stops it */
  begin(session: SessionId, method: string, about: About, cancel?: () => void): OwnEntry {
    const id = this.#add({ session, method, about });
    if (cancel) this.#change(id, { cancel, cancellable: true });
    return {
      bind: task => { this.#merge(id, session, task); },
      progress: fraction => { this.#change(id, { progress: fraction }); },
      succeed: () => { this.#change(id, { state: 'done', progress: 1, endedAt: Date.now(), cancellable: false }); },
      fail: error => {
        const failure = failureOf(error);
        this.#change(id, { state: failure.kind === 'aborted' ? 'cancelled' : 'failed', failure, endedAt: Date.now(), cancellable: false });
      },
    };
  }

  /** Reads the tasks in one patch. */
  note(patch: RecordPatch): void {
    const tasks = patch.changed.filter(change => change.cls === TASK);
    if (patch.reset) this.#lose(patch.session, new Set(tasks.map(task => task.ref)));
    for (const change of tasks) {
      const record = change.record as TaskRecord;
      const key = `${patch.session} ${change.ref}`;
      const id = this.#byTask.get(key) ?? this.#add({ session: patch.session, method: record.name_label, task: change.ref });
      this.#byTask.set(key, id);
      this.#told.add(key);
      this.#change(id, stateOf(record));
    }
    for (const { cls, ref } of patch.gone) if (cls === TASK) this.#gone(`${patch.session} ${ref}`);
  }

  /** Nobody will tell any more how the tasks of this session end. */
  sessionEnded(session: SessionId): void { this.#lose(session, new Set()); }

  clearEnded(): void { this.entries.set(this.entries.get().filter(entry => entry.endedAt === undefined)); }

  #lose(session: SessionId, present: ReadonlySet<string>): void {
    for (const { task, session: of } of this.entries.get()) if (of === session && task !== undefined && !present.has(task)) this.#gone(`${of} ${task}`);
  }

  /** Ended and cleared away between two events: how it ended was never told. */
  #gone(key: string): void {
    const id = this.#byTask.get(key);
    if (!this.#told.delete(key) || id === undefined) return;
    const entry = this.entries.get().find(each => each.id === id);
    if (entry && entry.endedAt === undefined) this.#change(id, { state: 'failed', failure: { kind: 'outcome-unknown', method: entry.method }, endedAt: Date.now(), cancellable: false });
  }

  /** Our call and the event of its task are one entry, whichever came first. */
  #merge(id: number, session: SessionId, task: string): void {
    const key = `${session} ${task}`;
    const other = this.#byTask.get(key);
    this.#byTask.set(key, id);
    if (other === undefined) { this.#change(id, { task }); return; }
    const told = this.entries.get().find(entry => entry.id === other);
    this.entries.set(this.entries.get().filter(entry => entry.id !== other));
    this.#change(id, { task, ...(told && { state: told.state, progress: told.progress, cancellable: told.cancellable }) });
  }

  #add(entry: Pick<JournalEntry, 'session' | 'method' | 'about' | 'task'>): number {
    const id = ++this.#lastId;
    const full: JournalEntry = { ...entry, id, startedAt: Date.now(), state: 'running', progress: 0, cancellable: false };
    const entries = [full, ...this.entries.get()];
    for (const { task, session } of entries.splice(ENTRIES_MAX)) {
      const key = `${session} ${task ?? ''}`;
      this.#byTask.delete(key);
      this.#told.delete(key);
    }
    this.entries.set(entries);
    return id;
  }

  #change(id: number, change: Partial<JournalEntry>): void {
    this.entries.set(this.entries.get().map(entry => (entry.id === id ? { ...entry, ...change } : entry)));
  }
}

const stateOf = (task: TaskRecord): Partial<JournalEntry> => {
  const endedAt = readDate(task.finished) ?? Date.now();
  const common = { startedAt: readDate(task.created) ?? endedAt, progress: task.progress, cancellable: task.status === 'pending' && task.allowed_operations.includes('cancel') };
  const [code, ...params] = task.error_info;
  switch (task.status) {
    case 'pending': return { ...common, state: 'running' };
    case 'cancelling': return { ...common, state: 'cancelling' };
    case 'success': return { ...common, state: 'done', progress: 1, endedAt };
    case 'cancelled': return { ...common, state: 'cancelled', endedAt };
    case 'failure': return { ...common, state: 'failed', endedAt, failure: { kind: 'refused', code: code ?? 'INTERNAL_ERROR', params } };
  }
};
