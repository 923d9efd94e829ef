import type { Ref, TaskRecord } from '../../shared/api';
import { CallFailed } from './failure';
import type { RecordStore } from './record-store';

/* A task is followed by its record alone: the events bring it, nobody asks again and again. */

/** What of a Session following needs. */
interface TaskSource {
  records: RecordStore;
  call(method: 'task.cancel' | 'task.destroy', ref: Ref<'task'>): Promise<unknown>;
}
export interface TaskOutcome { task: TaskRecord; /** The reference in the task's result, or undefined. */ result: string | undefined }

/** Waits for the end of `ref`, then clears it away on the host. Rejects with what the task failed of. */
export const finished = (session: TaskSource, ref: Ref<'task'>, method: string, signal?: AbortSignal): Promise<TaskOutcome> =>
  new Promise((resolve, reject) => {
    const resetsBefore = session.records.resets;
    let seen = false;
    const settle = (finish: () => void): void => { unwatch(); signal?.removeEventListener('abort', cancel); finish(); };
    const look = (): void => {
      const task = session.records.get('task', ref);
      if (!task) {
        const lost = seen || session.records.resets > resetsBefore;
        if (lost) settle(() => { reject(new CallFailed({ kind: 'outcome-unknown', method })); });
        return;
      }
      seen = true;
      const end = endOf(task);
      if (!end) return;
      settle(() => {
        clearAway(session, ref);
        if (end.ok) resolve({ task, result: resultOf(task.result) }); else reject(end.error);
      });
    };
    const cancel = (): void => { void session.call('task.cancel', ref).catch(() => { /* too late to cancel: the task's own end tells */ }); };
    const unwatch = session.records.watch(ref, look);
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    look();
  });

const endOf = (task: TaskRecord): { ok: true } | { ok: false; error: CallFailed } | undefined => {
  switch (task.status) {
    case 'pending': case 'cancelling': return undefined;
    case 'success': return { ok: true };
    case 'cancelled': return { ok: false, error: new CallFailed({ kind: 'aborted' }) };
    case 'failure': {
      const [code = 'INTERNAL_ERROR', ...params] = task.error_info;
      return { ok: false, error: new CallFailed({ kind: 'refused', code, params }) };
    }
  }
};

/** The task has told what it had to tell. A host that clears it away by itself says so with an error that means nothing to us. */
const clearAway = (session: TaskSource, ref: Ref<'task'>): void => { void session.call('task.destroy', ref).catch(() => undefined); };

/** The value in a task's XML-RPC result text, when it is one plain value. */
export const resultOf = (text: string): string | undefined => /^<value>([^<]*)<\/value>$/.exec(text)?.[1] || undefined;
