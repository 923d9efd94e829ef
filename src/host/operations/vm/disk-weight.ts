import type { Records, Ref } from '../../../shared/api';
import { EngineError } from '../../engine/contract';
import type { CallContext } from '../contract';
import type { Desk } from '../desk';
import { isUp } from '../device/state';
import { messageOf, translated } from '../failure';
import { runPlan } from '../plan';
import { cpuShareOf } from './cpu-share';
import { invalid, isWeight } from './limits';

/* other_config:io-weight, what a VM gets of a disk that is busy, against 100 for everybody. One for all its disks: to the kernel they are one process. Where nothing
 * shares by weight it is kept all the same, and `host_lacks` (host/lacks.ts) says why it does not count. */

const KEY = 'io-weight';
type Config = Records['VM']['other_config'];

/** Undefined: nothing is said, or nothing that could be meant (an archive may bring anything). */
export const diskWeightOf = ({ other_config: { [KEY]: weight } }: Pick<Records['VM'], 'other_config'>): number | undefined => (weight !== undefined && isWeight(weight) ? Number(weight) : undefined);

/** Writes other_config: a weight that changes counts at once. @param make from what is there then */
export const setOtherConfig = async (desk: Desk, context: CallContext, vm: Ref<'VM'>, of: string, make: (now: Readonly<Records['VM']>) => Config): Promise<void> => {
  const before = desk.store.get('VM', vm), after = { ...before, other_config: make(before) };
  const record = (): void => { desk.store.transaction(tx => { tx.set('VM', vm, { other_config: make(tx.get('VM', vm)) }); }); };
  const weight = after.other_config[KEY];
  if (weight === before.other_config[KEY]) { record(); return; }
  if (weight !== undefined && !isWeight(weight)) throw invalid(`other_config:${KEY}`, weight);
  if (!isUp(before)) { record(); return; }
  await runPlan([
    { name: 'weigh its disks', weight: 1, do: () => translated({ vm }, () => weigh(desk, after)), undo: () => weigh(desk, before) },
    { name: 'record', weight: 1, do: record },
  ], { of, signal: context.task.signal, progress: context.task.progress, log: desk.log });
};

const weigh = async ({ engine, log }: Desk, vm: Readonly<Records['VM']>): Promise<void> => {
  const weight = diskWeightOf(vm);
  try { await engine.weighDisks(vm.uuid, weight); } catch (error) {
    if (!(error instanceof EngineError && error.kind === 'unsupported')) throw error;
    if (weight !== undefined) log.warn('the weight of a VM\'s disks does not count', { vm: vm.uuid, why: error.message });
  }
};

/** After a start of the service: what an earlier one was just changing is as the record says. */
export const settleShares = async (desk: Desk, vm: Readonly<Records['VM']>): Promise<void> => {
  try {
    await desk.engine.shareCpu(vm.uuid, cpuShareOf(vm) ?? {});
    await weigh(desk, vm);
  } catch (error) { desk.log.warn('a VM\'s shares not brought in line', { vm: vm.uuid, why: messageOf(error) }); }
};
