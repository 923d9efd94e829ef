import { setMaxListeners } from 'node:events';
import { ApiError, EPOCH, nullRef, type Records, type Ref } from '../../../shared/api';
import type { Disposable } from '../../../shared/lib/emitter';
import type { Store } from '../../store/contract';
import type { CallContext, Caller, Handlers, Log } from '../contract';
import { datetime, milliseconds } from '../datetime';
import { toApiError } from '../failure';
import { assertAllowed } from '../session/permissions';

/* Tasks: what an `Async.` call answers at once, and what clients make for themselves. A finished task stays for clients
 * to read, and goes after a day or when there are too many. */

export const FINISHED_TASKS_MAX = 500;
export const TASK_KEPT_MS = 24 * 3600 * 1000;
export const PENDING_TASKS_MAX = 10_000;
const PROGRESS_INTERVAL_MS = 250;
const PRUNE_INTERVAL_MS = 10 * 60 * 1000;

export interface TasksOptions { store: Store; log: Log; now: () => number; stopping: AbortSignal }
export interface Tasks extends Disposable {
  handlers: Handlers;
  /** Starts `work` as a task and answers its reference. @param encode writes the result as XML-RPC text */
  run: (name: string, caller: Caller, work: (context: CallContext) => unknown, encode: (value: unknown) => string) => Ref<'task'>;
  /** The same for a request that waits for the outcome: in the task that its client made for it, or in one of the host's. `work` answers the task's result as XML-RPC text. Rejects as `work` does. */
  follow: (name: string, caller: Caller, task: Ref<'task'> | undefined, work: (context: CallContext) => Promise<string>) => Promise<string>;
}

type Task = Records['task'];

export const createTasks = ({ store, log, now, stopping }: TasksOptions): Tasks => {
  const running = new Map<string, AbortController>();
  /** Whose a task is, and in which session it was begun. */
  const owners = new Map<string, Owner>();
  let disposed = false; // the store may be closed when the last operation ends
  const set = (ref: Ref<'task'>, fields: Partial<Task>): void => { if (!disposed) store.transaction(tx => { if (tx.find('task', ref)) tx.set('task', ref, fields); }); };

  const create: Create = ({ user, session, subtaskOf }, label, description, cancellable) => {
    const ref = store.transaction(tx => tx.create('task', {
      name_label: label, name_description: description, allowed_operations: cancellable ? ['cancel'] : [], created: datetime(now()), finished: EPOCH,
      subtask_of: subtaskOf !== undefined && tx.find('task', subtaskOf) ? subtaskOf : nullRef<'task'>(), status: 'pending', resident_on: [...tx.all('host').keys()][0] ?? nullRef<'host'>(), type: '<none/>',
    }));
    owners.set(ref, { user, session });
    return ref;
  };

  const prune = (): void => {
    const tasks = [...store.all('task')].filter(([ref]) => !running.has(ref));
    const finished = tasks.filter(([, t]) => t.finished !== EPOCH).sort((a, b) => milliseconds(a[1].finished) - milliseconds(b[1].finished));
    const old = tasks.filter(([, t]) => now() - milliseconds(t.finished === EPOCH ? t.created : t.finished) > TASK_KEPT_MS);
    const doomed = new Set([...finished.slice(0, Math.max(0, finished.length - FINISHED_TASKS_MAX)), ...old].map(([ref]) => ref));
    if (doomed.size > 0) store.transaction(tx => { for (const ref of doomed) tx.destroy('task', ref); });
    for (const ref of owners.keys()) if (!store.find('task', ref)) owners.delete(ref);
  };
  const timer = setInterval(prune, PRUNE_INTERVAL_MS);
  timer.unref();

  const finish = (ref: Ref<'task'>, fields: Partial<Task>): void => {
    running.delete(ref);
    if (disposed) return;
    const task = store.find('task', ref);
    if (!task) return;
    if (Object.values(task.current_operations).includes('destroy')) store.transaction(tx => tx.destroy('task', ref));
    else set(ref, { ...fields, finished: datetime(now()), allowed_operations: [], current_operations: {} });
    if (store.all('task').size > FINISHED_TASKS_MAX + running.size) prune();
  };

  /** The newest progress is written, the ones that follow too quickly are not. */
  const reporter = (ref: Ref<'task'>): { report: (fraction: number) => void; stop: () => void } => {
    let last = -Infinity, newest = 0, later: NodeJS.Timeout | undefined;
    const write = (): void => { later = undefined; last = performance.now(); set(ref, { progress: newest }); };
    return {
      report: fraction => {
        newest = Math.min(1, Math.max(newest, Number.isFinite(fraction) ? fraction : 0));
        const wait = last + PROGRESS_INTERVAL_MS - performance.now();
        if (wait <= 0 && !later) write();
        else later ??= setTimeout(write, wait);
      },
      stop: () => { clearTimeout(later); },
    };
  };

  const begin = (ref: Ref<'task'>): { signal: AbortSignal; progress: ReturnType<typeof reporter> } => {
    const cancel = new AbortController(), signal = AbortSignal.any([cancel.signal, stopping]);
    setMaxListeners(0, signal);
    running.set(ref, cancel);
    return { signal, progress: reporter(ref) };
  };
  const fail = (name: string, ref: Ref<'task'>, signal: AbortSignal, error: unknown): ApiError => {
    const failure = signal.aborted ? new ApiError('TASK_CANCELLED', ref) : toApiError(error, {});
    if (failure.code === 'INTERNAL_ERROR') log.error('task failed', { task: name, error: error instanceof Error ? error.stack : String(error) });
    finish(ref, { status: failure.code === 'TASK_CANCELLED' ? 'cancelled' : 'failure', progress: 1, error_info: [failure.code, ...failure.params] });
    return failure;
  };

  const run: Tasks['run'] = (name, caller, work, encode) => {
    if (running.size >= PENDING_TASKS_MAX) throw new ApiError('TOO_MANY_PENDING_TASKS');
    const ref = create(caller, name, '', true), { signal, progress } = begin(ref);
    // The answer goes first: a client knows its task before the operation changes anything.
    setImmediate(() => {
      void Promise.resolve().then(() => work({ caller, task: { ref, progress: progress.report, signal } })).then(value => {
        progress.stop();
        finish(ref, { status: 'success', progress: 1, result: encode(value) });
      }).catch((error: unknown) => { progress.stop(); fail(name, ref, signal, error); });
    });
    return ref;
  };

  const follow: Tasks['follow'] = async (name, caller, given, work) => {
    if (running.size >= PENDING_TASKS_MAX) throw new ApiError('TOO_MANY_PENDING_TASKS');
    if (given !== undefined) assertOwn(owners, caller, given, 'task.cancel.any');
    if (given !== undefined && (running.has(given) || store.get('task', given).finished !== EPOCH)) throw new ApiError('OPERATION_NOT_ALLOWED', 'this task is under way already, or has finished');
    const ref = given ?? create(caller, name, '', true), { signal, progress } = begin(ref);
    if (given !== undefined) set(ref, { allowed_operations: ['cancel'] });
    try {
      const result = await work({ caller, task: { ref, progress: progress.report, signal } });
      progress.stop();
      finish(ref, { status: 'success', progress: 1, result });
      return result;
    } catch (error) { progress.stop(); throw fail(name, ref, signal, error); }
  };

  return { handlers: messages(store, now, running, owners, create, set), run, follow, dispose: () => { disposed = true; clearInterval(timer); for (const c of running.values()) c.abort(); } };
};

interface Owner { user: string; session: string }
/** One's own tasks are one's own; others' are for those who may more. */
const assertOwn = (owners: ReadonlyMap<string, Owner>, { user, role }: Caller, ref: string, permission: 'task.cancel.any' | 'task.destroy.any'): void => {
  if (owners.get(ref)?.user !== user) assertAllowed(role, { name: permission, role: 'pool-operator' });
};

type Create = (caller: Pick<Caller, 'user' | 'session' | 'subtaskOf'>, label: string, description: string, cancellable: boolean) => Ref<'task'>;
type Set = (ref: Ref<'task'>, fields: Partial<Task>) => void;

const messages = (store: Store, now: () => number, running: ReadonlyMap<string, AbortController>, owners: Map<string, Owner>, create: Create, set: Set): Handlers => {
  /** A client tells of its own tasks only, and only until they have ended. */
  const own = ({ caller }: CallContext, ref: Ref<'task'>): Task => {
    const task = store.get('task', ref);
    assertOwn(owners, caller, ref, 'task.cancel.any');
    if (running.has(ref)) throw new ApiError('OPERATION_NOT_ALLOWED', 'the host itself works on this task');
    if (task.finished !== EPOCH) throw new ApiError('OPERATION_NOT_ALLOWED', 'this task has finished');
    return task;
  };
  const tasksOf = (session: string): Ref<'task'>[] => [...owners].filter(([ref, owner]) => owner.session === session && store.find('task', ref)).map(([ref]) => ref as Ref<'task'>);
  return {
    'task.create': ({ caller }, label, description) => {
      if (store.all('task').size >= PENDING_TASKS_MAX + FINISHED_TASKS_MAX) throw new ApiError('TOO_MANY_PENDING_TASKS');
      return create(caller, label, description, false);
    },
    'task.cancel': ({ caller }, ref) => {
      const task = store.get('task', ref), controller = running.get(ref);
      assertOwn(owners, caller, ref, 'task.cancel.any');
      if (task.finished !== EPOCH) return; // it was quicker than the person
      if (!controller) { set(ref, { status: 'cancelled', finished: datetime(now()), error_info: ['TASK_CANCELLED', ref] }); return; }
      set(ref, { current_operations: { ...task.current_operations, [ref]: 'cancel' }, allowed_operations: [] });
      controller.abort();
    },
    'task.destroy': ({ caller }, ref) => {
      const task = store.get('task', ref);
      assertOwn(owners, caller, ref, 'task.destroy.any');
      if (running.has(ref)) set(ref, { current_operations: { ...task.current_operations, destroy: 'destroy' } }); // goes when it has ended, as in xapi
      else { store.transaction(tx => tx.destroy('task', ref)); owners.delete(ref); }
    },
    'task.set_progress': (context, ref, value) => {
      own(context, ref);
      if (!(value >= 0 && value <= 1)) throw new ApiError('INVALID_VALUE', 'progress', String(value));
      set(ref, { progress: value });
    },
    'task.set_status': (context, ref, value) => {
      own(context, ref);
      set(ref, value === 'pending' || value === 'cancelling' ? { status: value } : { status: value, finished: datetime(now()), current_operations: {}, allowed_operations: [] });
    },
    'task.set_result': (context, ref, value) => { own(context, ref); set(ref, { result: value }); },
    'task.set_error_info': (context, ref, value) => { own(context, ref); set(ref, { error_info: value }); },
    'session.get_tasks': (_context, self) => { store.get('session', self); return tasksOf(self); },
    'session.get_record': (_context, self) => ({ ...store.get('session', self), tasks: tasksOf(self) }),
  };
};
