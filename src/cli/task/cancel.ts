import { neededRef } from '../pick';
import type { Verb } from '../verb';

export const taskCancel: Verb = {
  name: 'task-cancel', summary: 'asks a task to stop', parameters: [{ name: 'uuid', about: 'the uuid of the task', required: true }], flags: [],
  run: async context => context.client.call('task.cancel', await neededRef(context, 'task', 'uuid')),
};
