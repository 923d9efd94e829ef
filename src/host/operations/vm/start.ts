import type { CallContext, Handler } from '../contract';
import type { Ref } from '../../../shared/api';
import type { Desk } from '../desk';
import { boot } from './boot';
import { HALF_MADE, withoutMarks } from './duplicate';
import { pendingSource } from './installer/keys';
import { instantStart, mayGoOn, recordStartMode } from './instant';

export const start = (desk: Desk): Handler<'VM.start'> => (context, vm, startPaused) =>
  desk.lock.run(context, vm, 'start', signal => { takeOver(desk, vm); return bootOrGoOn(desk, context, vm, 'VM.start', startPaused, signal); });

/** There is one host: the one that was asked. */
export const startOn = (desk: Desk): Handler<'VM.start_on'> => (context, vm, host, startPaused) => {
  desk.store.get('host', host);
  return desk.lock.run(context, vm, 'start_on', signal => { takeOver(desk, vm); return bootOrGoOn(desk, context, vm, 'VM.start_on', startPaused, signal); });
};

/** As a part of making it. */
export const startHalfMade = (desk: Desk, context: CallContext, vm: Ref<'VM'>): Promise<void> =>
  desk.lock.run(context, vm, 'start', signal => bootOrGoOn(desk, context, vm, 'VM.start', false, signal));

/** Whoever starts a VM that was left half made wants it as it is: it is nobody's to take away any more. */
const takeOver = (desk: Desk, vm: Ref<'VM'>): void => {
  const { other_config } = desk.store.get('VM', vm);
  if (other_config[HALF_MADE] !== undefined) desk.store.transaction(tx => { tx.set('VM', vm, { other_config: withoutMarks(other_config) }); });
};

/** The first start of a VM may go on from its template's memory; every other boots. */
const bootOrGoOn = async (desk: Desk, context: CallContext, vm: Ref<'VM'>, of: string, startPaused: boolean, signal: AbortSignal): Promise<void> => {
  const run = { of, startPaused, signal, progress: context.task.progress }, installs = pendingSource(desk.store.get('VM', vm)) !== undefined;
  const instant = installs || !mayGoOn(desk, vm) ? undefined : await instantStart(desk, vm, run);
  if (instant === 'done') return;
  await boot(desk, vm, run);
  if (instant) recordStartMode(desk, vm, `booted: ${instant.boots}`);
};
