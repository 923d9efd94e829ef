import { randomUUID } from 'node:crypto';
import { ApiError, nullRef, type Ref } from '../../../shared/api';
import type { CallContext, Handler } from '../contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { runPlan } from '../plan';
import { refreshSpace } from '../sr/space';
import { closeLive, liveDisk, prepareStep, snapshotVdiFields, switchAll, takeStep } from '../vm/live-snapshot';
import { withVdis } from './claim';
import { cloneOf, inherited } from './clone';
import { makeOne } from './create';
import { closeIntents, recordVdi } from './make';
import { runningUser } from './running-user';

/** What a disk is at this moment, also while a machine writes it. */
export const snapshot = (desk: Desk): Handler<'VDI.snapshot'> => (context, vdi) => {
  const user = runningUser(desk, vdi, 'snapshot');
  if (user) return desk.lock.run(context, user.vm, 'snapshot', signal => withVdis(desk, context, [vdi], 'snapshot', () => ofRunning(desk, context, vdi, user, signal), { attached: true }));
  return withVdis(desk, context, [vdi], 'snapshot', () => {
    const record = desk.store.get('VDI', vdi), target = { uuid: randomUUID(), name: record.name_label };
    return makeOne(desk, context, 'VDI.snapshot', { ...target, sr: record.SR, operation: 'snapshot', from: vdi, make: cloneOf(desk, vdi, target) },
      { ...inherited(record), ...snapshotVdiFields(desk, vdi, datetime(desk.now())) });
  });
};

const ofRunning = async (desk: Desk, context: CallContext, vdi: Ref<'VDI'>, { vm, userdevice }: { vm: Ref<'VM'>; userdevice: string }, signal: AbortSignal): Promise<Ref<'VDI'>> => {
  const record = desk.store.get('VDI', vdi), disk = liveDisk(desk, vdi, userdevice, record.name_label), time = datetime(desk.now());
  let made = nullRef<'VDI'>();
  await runPlan([
    prepareStep(desk, desk.store.get('VM', vm).uuid, disk),
    { name: 'the moment', weight: 5, do: async stop => { await switchAll(desk, vm, [disk], { quiesce: 'if possible' }, stop); } },
    takeStep(desk, disk),
    {
      name: 'record', weight: 1,
      do: () => {
        const { stored } = disk;
        if (!stored) throw new ApiError('INTERNAL_ERROR', 'VDI.snapshot made no disk');
        made = desk.store.transaction(tx => recordVdi(tx, record.SR, stored, { ...inherited(record), ...snapshotVdiFields(desk, vdi, time) }));
      },
    },
    closeIntents(desk, () => [disk.uuid]),
  ], { of: 'VDI.snapshot', signal, progress: context.task.progress, log: desk.log });
  await closeLive(desk, [disk]);
  await refreshSpace(desk, record.SR);
  return made;
};
