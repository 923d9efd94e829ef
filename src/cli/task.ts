/* Waits for a task, with its progress where a person looks on. */
import type { Ref } from '../shared/api';
import { waitForTask } from '../client';
import type { Context } from './verb';

/** Gives the task's result; throws what it failed with. */
export const finish = async ({ client, terminal: { stderr } }: Context, title: string, task: Ref<'task'>): Promise<string> => {
  if (stderr.isTTY !== true) return waitForTask(client, task);
  try {
    return await waitForTask(client, task, progress => { stderr.write(`\r${title} ${Math.round(progress * 100)} % `); });
  } finally {
    stderr.write('\r\x1b[K');
  }
};
