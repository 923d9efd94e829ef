/* Waits for a task by its events, tells its progress, clears it away and gives what it made. */
import { complete } from '../connection/records';
import { ApiError, type Ref, type TaskRecord } from '../shared/api';
import { EVENT_FROM_TIMEOUT_S } from '../shared/lib/limits';
import type { Client } from './connect';

export const waitForTask = async (client: Client, task: Ref<'task'>, onProgress: (progress: number) => void = () => undefined): Promise<string> => {
  const record = await finished(client, task, onProgress);
  await client.call('task.destroy', task).catch(() => { /* a host that clears its tasks away itself */ });
  if (record.status === 'success') return resultText(record.result);
  const [code, ...params] = record.error_info;
  throw ApiError.fromWire(code ?? (record.status === 'cancelled' ? 'TASK_CANCELLED' : 'INTERNAL_ERROR'), code === undefined ? [task] : params);
};

const finished = async (client: Client, task: Ref<'task'>, onProgress: (progress: number) => void): Promise<TaskRecord> => {
  for (let token = ''; ;) {
    const batch = await client.call('event.from', [`task/${task}`], token, EVENT_FROM_TIMEOUT_S);
    token = batch.token;
    for (const event of batch.events) {
      if (event.ref !== task) continue;
      if ((event.operation as string) === 'del') throw new ApiError('HANDLE_INVALID', 'task', task);
      const record = complete('task', event.snapshot as Readonly<Record<string, unknown>>);
      onProgress(record.progress);
      if (record.status !== 'pending' && record.status !== 'cancelling') return record;
    }
  }
};

/** A task's result is XML-RPC text: `<value>OpaqueRef:...</value>`, `<value/>` for nothing. */
export const resultText = (result: string): string =>
  result.replace(/^<value>(?:<string>)?/, '').replace(/(?:<\/string>)?<\/value>$/, '').replace(/^<value\s*\/>$/, '')
    .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&');
