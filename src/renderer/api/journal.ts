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
  /** Of work that this computer has a part in: stops it. */
  cancel?: () => void;
  /** Of bytes that go from here or come here. */
  amount?: Amount;
  /** What broke off can be taken up. */
  again?: Again;
}
/** How much has gone, of how much if that is known, and how it went in the last while. */
export interface Amount { bytes: number; totalBytes?: number; marks: readonly { at: number; bytes: number }[] }
/** `drop` lets go of what there is of it so far. */
export interface Again { label: string; run: () => void; drop?: () => void }
/** The hand on one entry, for who made the call. */
export interface OwnEntry { bind(task: string): void; amount(bytes: number, totalBytes: number | undefined): void; succeed(): void; fail(error: unknown, again?: Again): void }

const ENTRIES_MAX = 200;
const TASK: ClassName = 'task';
/** A rate is told from so much of the past. */
const RATE_MS = 8_000;

export class Journal {
  readonly entries = new Value<readonly JournalEntry[]>([]);
  readonly #byTask = new Map<string, number>();
  /** Tasks whose records were seen: when one of them is not there any more, it is gone. */
  readonly #told = new Set<string>();
  #lastId = 0;

  /** @param cancel for work that this computer has a part in: it stops it */
  begin(session: SessionId, method: string, about: About, cancel?: () => void): OwnEntry {
    const id = this.#add({ session, method, about });
    if (cancel) this.#change(id, { cancel, cancellable: true });
    return {
      bind: task => { this.#merge(id, session, task); },
      amount: (bytes, totalBytes) => { this.#amount(id, bytes, totalBytes); },
      succeed: () => { this.#change(id, { state: 'done', progress: 1, endedAt: Date.now(), cancellable: false }); },
      fail: (error, again) => {
        const failure = failureOf(error);
        this.#change(id, { state: failure.kind === 'aborted' ? 'cancelled' : 'failed', failure, endedAt: Date.now(), cancellable: false, ...(again && failure.kind !== 'aborted' && { again: this.#once(id, again) }) });
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
      this.#change(id, { ...stateOf(record), ...(this.#find(id)?.cancel && { cancellable: record.status === 'pending' }) });
    }
    for (const { cls, ref } of patch.gone) if (cls === TASK) this.#gone(`${patch.session} ${ref}`);
  }

  /** Nobody will tell any more how the tasks of this session end. */
  sessionEnded(session: SessionId): void { this.#lose(session, new Set()); }

  /** What can still be taken up stays. */
  clearEnded(): void { this.entries.set(this.entries.get().filter(entry => entry.endedAt === undefined || entry.again)); }

  #find(id: number): JournalEntry | undefined { return this.entries.get().find(entry => entry.id === id); }

  #amount(id: number, bytes: number, totalBytes: number | undefined): void {
    const at = Date.now(), marks = [...this.#find(id)?.amount?.marks ?? [], { at, bytes }].filter(mark => at - mark.at <= RATE_MS);
    this.#change(id, { amount: { bytes, marks, ...(totalBytes !== undefined && { totalBytes }) } });
  }

  /** Taken up or dropped, it is not offered a second time. */
  #once(id: number, { label, run, drop }: Again): Again {
    const after = (then: () => void) => () => {
      if (!this.#find(id)?.again) return;
      this.entries.set(this.entries.get().map(entry => { if (entry.id !== id) return entry; const { again: _taken, ...rest } = entry; return rest; }));
      then();
    };
    return { label, run: after(run), ...(drop && { drop: after(drop) }) };
  }

  #lose(session: SessionId, present: ReadonlySet<string>): void {
    for (const { task, session: of } of this.entries.get()) if (of === session && task !== undefined && !present.has(task)) this.#gone(`${of} ${task}`);
  }

  /** Ended and cleared away between two events: how it ended was never told. */
  #gone(key: string): void {
    const id = this.#byTask.get(key);
    if (!this.#told.delete(key) || id === undefined) return;
    const entry = this.#find(id);
    if (entry && entry.endedAt === undefined) this.#change(id, { state: 'failed', failure: { kind: 'outcome-unknown', method: entry.method }, endedAt: Date.now(), cancellable: false });
  }

  /** Our call and the event of its task are one entry, whichever came first. */
  #merge(id: number, session: SessionId, task: string): void {
    const key = `${session} ${task}`;
    const other = this.#byTask.get(key);
    this.#byTask.set(key, id);
    if (other === undefined) { this.#change(id, { task }); return; }
    const told = this.#find(other);
    this.entries.set(this.entries.get().filter(entry => entry.id !== other));
    this.#change(id, { task, ...(told && { state: told.state, progress: told.progress, cancellable: told.cancellable || (told.state === 'running' && this.#find(id)?.cancel !== undefined) }) });
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
