import { randomUUID } from 'node:crypto';
import { ApiError, nullRef, type Records, type Ref } from '../../../shared/api';
import type { Transaction } from '../../store/contract';
import type { CallContext, Handler } from '../contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { runPlan, type Step } from '../plan';
import { refreshSpace } from '../sr/space';
import { withVdis } from '../vdi/claim';
import { cloneOf } from '../vdi/clone';
import { closeIntents, makeVdiStep } from '../vdi/make';
import { ownConfig, twinsOf } from './clone';
import { duplicateVm, type Twin } from './duplicate';
import { stateOf } from './installer/keys';
import { keptStep } from './kept';
import { assertName } from './limits';
import { closeLive, liveDisk, prepareStep, snapshotVdiFields, switchAll, takeStep, type LiveDisk, type Moment } from './live-snapshot';
import { makeImageStep, pathOfImage, planImage, recordImage, type SuspendImage } from './suspend-image';

/* What a VM is at one moment, kept: its settings, its disks (those that it can write), with a checkpoint also its memory. */

export const snapshot = (desk: Desk): Handler<'VM.snapshot'> => (context, vm, name, ignore) =>
  desk.lock.run(context, vm, 'snapshot', signal => take(desk, context, vm, { name, ignore: new Set(ignore), quiesce: 'if possible', memory: false, of: 'VM.snapshot', signal }));

export const snapshotWithQuiesce = (desk: Desk): Handler<'VM.snapshot_with_quiesce'> => (context, vm, name) =>
  desk.lock.run(context, vm, 'snapshot_with_quiesce', signal => take(desk, context, vm, { name, ignore: new Set(), quiesce: 'must', memory: false, of: 'VM.snapshot_with_quiesce', signal }));

export const checkpoint = (desk: Desk): Handler<'VM.checkpoint'> => (context, vm, name) =>
  desk.lock.run(context, vm, 'checkpoint', signal => take(desk, context, vm, { name, ignore: new Set(), quiesce: 'no', memory: true, of: 'VM.checkpoint', signal }));

interface Wish { name: string; ignore: ReadonlySet<Ref<'VDI'>>; quiesce: Moment['quiesce']; memory: boolean; of: string; signal: AbortSignal }

const take = async (desk: Desk, context: CallContext, vm: Ref<'VM'>, wish: Wish): Promise<Ref<'VM'>> => {
  assertName('new_name', wish.name);
  if (wish.memory && stateOf(desk.store.get('VM', vm)) === 'installing') throw new ApiError('OPERATION_NOT_ALLOWED', 'a system is being installed on it: its memory is of use only together with the installer\'s kernel, which is not kept');
  const lack = wish.memory ? (await desk.engine.facts()).lacks?.checkpoint : undefined;
  if (lack !== undefined) throw new ApiError('VALUE_NOT_SUPPORTED', 'operation', 'checkpoint', lack);
  const live = desk.store.get('VM', vm).power_state !== 'Halted';
  // What a running machine only reads, no snapshot needs to keep from it.
  const twins = twinsOf(desk, vm, wish.name).filter(({ vbd, from }) => !wish.ignore.has(from) && !(live && desk.store.get('VBD', vbd).mode === 'RO'));
  const isOpen = ({ vbd }: Twin): boolean => live && desk.store.get('VBD', vbd).currently_attached;
  const open = twins.filter(isOpen), still = twins.filter(twin => !isOpen(twin)); // a running machine need not have all of them
  const made = await withVdis(desk, context, open.map(twin => twin.from), 'snapshot', () => withVdis(desk, context, still.map(twin => twin.from), 'snapshot', () =>
    (live ? ofRunning(desk, context, vm, { open, still }, wish) : ofHalted(desk, context, vm, twins, wish))), { attached: true });
  for (const sr of new Set(twins.map(twin => twin.sr))) await refreshSpace(desk, sr);
  return made;
};

const ofHalted = async (desk: Desk, context: CallContext, vm: Ref<'VM'>, twins: readonly Twin[], wish: Wish): Promise<Ref<'VM'>> => {
  const uuid = randomUUID();
  let made = nullRef<'VM'>();
  await runPlan([
    ...twins.map(twin => cloneStep(desk, twin)),
    keptStep(desk, vm, uuid),
    { name: 'record', weight: 1, do: () => { made = record(desk, vm, uuid, twins, wish, { quiesced: false }); } },
    closeIntents(desk, () => twins.map(twin => twin.uuid)),
  ], { of: wish.of, signal: wish.signal, progress: context.task.progress, log: desk.log });
  return made;
};

const cloneStep = (desk: Desk, twin: Twin): Step => makeVdiStep(desk, {
  uuid: twin.uuid, sr: twin.sr, name: twin.name, operation: 'snapshot', from: twin.from, make: cloneOf(desk, twin.from, twin), made: stored => { twin.stored = stored; },
}, 10);

const ofRunning = async (desk: Desk, context: CallContext, vm: Ref<'VM'>, { open, still }: { open: readonly Twin[]; still: readonly Twin[] }, wish: Wish): Promise<Ref<'VM'>> => {
  const uuid = randomUUID(), vmUuid = desk.store.get('VM', vm).uuid, twins = [...open, ...still];
  const disks = open.map((twin): LiveDisk => liveDisk(desk, twin.from, desk.store.get('VBD', twin.vbd).userdevice, twin.name, twin.uuid));
  const image = wish.memory ? await planImage(desk, vm, `Suspend image of ${wish.name}`) : undefined;
  let made = nullRef<'VM'>(), quiesced = false;
  const meanwhile = image && (async (signal: AbortSignal) => { await desk.engine.save(vmUuid, pathOfImage(desk, image), signal, context.task.progress); });
  await runPlan([
    ...(image ? [makeImageStep(desk, image)] : []),
    ...still.map(twin => cloneStep(desk, twin)),
    ...disks.map(disk => prepareStep(desk, vmUuid, disk)),
    { name: 'the moment', weight: 10, do: async signal => { quiesced = await switchAll(desk, vm, disks, { quiesce: wish.quiesce, meanwhile }, signal); } },
    ...disks.map(disk => takeStep(desk, disk)),
    keptStep(desk, vm, uuid),
    {
      name: 'record', weight: 1,
      do: () => {
        open.forEach((twin, i) => { const stored = disks[i]?.stored; if (stored) twin.stored = stored; });
        made = record(desk, vm, uuid, twins, wish, { quiesced, image });
      },
    },
    closeIntents(desk, () => [...twins.map(twin => twin.uuid), ...(image ? [image.uuid] : [])]),
  ] satisfies Step[], { of: wish.of, signal: wish.signal, progress: context.task.progress, log: desk.log });
  await closeLive(desk, disks);
  return made;
};

const record = (desk: Desk, vm: Ref<'VM'>, uuid: string, twins: readonly Twin[], wish: Wish, { quiesced, image }: { quiesced: boolean; image?: SuspendImage | undefined }): Ref<'VM'> => {
  if (twins.some(twin => !twin.stored)) throw new ApiError('INTERNAL_ERROR', `${wish.of} made no disk`);
  const time = datetime(desk.now());
  return desk.store.transaction(tx => {
    const original = tx.get('VM', vm);
    const made = duplicateVm(tx, vm, {
      twins, same: true, vdiFields: twin => snapshotVdiFields(desk, twin.from, time),
      without: new Set(original.VBDs.filter(vbd => wish.ignore.has(tx.get('VBD', vbd).VDI))),
      fields: {
        uuid, name_label: wish.name, is_a_template: true, is_a_snapshot: true, snapshot_of: vm, snapshot_time: time, parent: original.parent, other_config: ownConfig(original), blocked_operations: {}, // it is the VM that is protected
        snapshot_info: { 'power-state-at-snapshot': original.power_state, 'disk-snapshot-type': quiesced ? 'quiesced' : 'crash_consistent' },
        ...(image ? { ...asItRan(tx, original), power_state: 'Suspended', suspend_VDI: recordImage(tx, image) } : {}),
      },
    });
    tx.set('VM', vm, { parent: made });
    return made;
  });
};

/** What a machine that goes on from the memory must be like, beyond the settings. */
export const asItRan = (tx: Transaction, vm: Readonly<Records['VM']>): Partial<Records['VM']> => ({
  last_booted_record: vm.last_booted_record, memory_target: vm.memory_target, metrics: tx.create('VM_metrics', { VCPUs_number: tx.find('VM_metrics', vm.metrics)?.VCPUs_number ?? vm.VCPUs_at_startup }),
});
