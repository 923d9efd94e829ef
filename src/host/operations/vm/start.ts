import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { boot } from './boot';

export const start = (desk: Desk): Handler<'VM.start'> => (context, vm, startPaused) =>
  desk.lock.run(context, vm, 'start', signal => boot(desk, vm, { of: 'VM.start', startPaused, signal, progress: context.task.progress }));

/** There is one host: the one that was asked. */
export const startOn = (desk: Desk): Handler<'VM.start_on'> => (context, vm, host, startPaused) => {
  desk.store.get('host', host);
  return desk.lock.run(context, vm, 'start_on', signal => boot(desk, vm, { of: 'VM.start_on', startPaused, signal, progress: context.task.progress }));
};
