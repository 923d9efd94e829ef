import { randomUUID } from 'node:crypto';
import { ApiError, isNull, type Records, type Ref } from '../../../shared/api';
import type { Transaction } from '../../store/contract';
import type { CallContext, Handler } from '../contract';
import type { Desk } from '../desk';
import { refreshHostMetricsSoon } from '../host/memory';
import { runPlan } from '../plan';
import { refreshSpace } from '../sr/space';
import { withVdis } from '../vdi/claim';
import { cloneOf } from '../vdi/clone';
import { copyOf } from '../vdi/copy';
import { closeIntents, makeVdiStep } from '../vdi/make';
import { twinsOf } from './clone';
import { described, duplicateDevices, type Twin } from './duplicate';
import { recordHalted, settleHalted } from './power';
import { beginDrop, imageOf, recordImage, releaseDropped, type SuspendImage } from './suspend-image';

/* The VM is again what the snapshot kept: settings, cards, and disks that are clones of the snapshot's, so that it can be reverted to again. Of a checkpoint it
 * is suspended, with a copy of the memory. New disks come first; then what runs is ended; one transaction puts the old away; what that leaves is deleted last. */

export const revert = (desk: Desk): Handler<'VM.revert'> => (context, snapshot) =>
  desk.lock.run(context, snapshot, 'revert', () => {
    const { snapshot_of: vm } = desk.store.get('VM', snapshot);
    if (isNull(vm) || !desk.store.find('VM', vm)) throw new ApiError('VM_REVERT_FAILED', vm, snapshot);
    return desk.lock.run(context, vm, 'reverting', signal => {
      const twins = twinsOf(desk, snapshot, desk.store.get('VM', vm).name_label).map(twin => ({ ...twin, name: nameBefore(desk, twin) }));
      return withVdis(desk, context, twins.map(twin => twin.from), 'clone', () => putBack(desk, context, snapshot, vm, twins, signal));
    });
  });

const putBack = async (desk: Desk, context: CallContext, snapshot: Ref<'VM'>, vm: Ref<'VM'>, twins: readonly Twin[], signal: AbortSignal): Promise<void> => {
  const image = planCopy(desk, snapshot), { uuid } = desk.store.get('VM', vm);
  let left: Ref<'VDI'>[] = [];
  await runPlan([
    ...twins.map(twin => makeVdiStep(desk, {
      uuid: twin.uuid, sr: twin.sr, name: twin.name, operation: 'clone', from: twin.from, make: cloneOf(desk, twin.from, twin), made: stored => { twin.stored = stored; },
    }, 10)),
    ...(image ? [makeVdiStep(desk, { uuid: image.uuid, sr: image.sr, name: image.name, operation: 'copy', from: image.from, make: copyOf(desk, image.from, image, { signal }), made: stored => { image.stored = stored; } }, 20)] : []),
    {
      // From here on there is no way back to the running machine, only to its disks.
      name: 'end the machine', weight: 5,
      do: async () => {
        if (desk.engine.state(uuid) !== 'gone') await desk.engine.kill(uuid);
        if (desk.store.get('VM', vm).power_state !== 'Suspended') await settleHalted(desk, vm);
      },
    },
    { name: 'put back what the machine keeps', weight: 1, do: () => desk.engine.copyKept(desk.store.get('VM', snapshot).uuid, uuid) },
    { name: 'record', weight: 1, do: () => { left = record(desk, snapshot, vm, twins, image); } },
    closeIntents(desk, () => [...twins.map(twin => twin.uuid), ...(image ? [image.uuid] : [])]),
  ], { of: 'VM.revert', signal, progress: context.task.progress, log: desk.log });
  await releaseDropped(desk, left);
  for (const sr of new Set(twins.map(twin => twin.sr))) await refreshSpace(desk, sr);
  refreshHostMetricsSoon(desk);
};

/** Answers the disks that are the VM's no more. Those that the snapshot did not know stay, with their data, for whoever wants them. */
const record = (desk: Desk, snapshot: Ref<'VM'>, vm: Ref<'VM'>, twins: readonly Twin[], image: SuspendImage | undefined): Ref<'VDI'>[] => {
  // A disk that is gone is replaced by nobody: whatever else is a snapshot of nothing is not this VM's.
  const replaced = new Map(twins.map(twin => [desk.store.get('VDI', twin.from).snapshot_of, twin] as const).filter(([vdi]) => !isNull(vdi)));
  const now = desk.store.get('VM', vm);
  const old = now.VBDs.map(vbd => desk.store.get('VBD', vbd).VDI).filter(vdi => replaced.has(vdi) && desk.store.find('VDI', vdi));
  const left = [...old, now.suspend_VDI].filter(vdi => !isNull(vdi)).map(vdi => beginDrop(desk, vdi));
  desk.store.transaction(tx => {
    recordHalted(tx, vm);
    for (const vbd of now.VBDs) tx.destroy('VBD', vbd);
    for (const vif of now.VIFs) tx.destroy('VIF', vif);
    duplicateDevices(tx, snapshot, vm, { twins, same: true, vdiFields: () => ({ is_a_snapshot: false }) });
    const kept = tx.get('VM', snapshot);
    const { name_description, is_a_template, blocked_operations } = tx.get('VM', vm);
    tx.set('VM', vm, {
      ...described(kept), name_description, is_a_template, blocked_operations, parent: snapshot, memory_target: kept.memory_dynamic_max,
      ...(image ? { power_state: 'Suspended', suspend_VDI: recordImage(tx, image), generation_id: randomUUID() } : {}),
    });
    if (image) asSuspended(tx, kept, vm);
    else for (const vbd of tx.get('VM', vm).VBDs) tx.set('VBD', vbd, { device: '' });
    moveSnapshots(tx, vm, replaced);
  });
  return left;
};

/** As its machine was: what that had attached is the VM's own until it goes on. */
const asSuspended = (tx: Transaction, kept: Readonly<Records['VM']>, ref: Ref<'VM'>): void => {
  const vm = tx.get('VM', ref), VCPUs_number = tx.find('VM_metrics', kept.metrics)?.VCPUs_number;
  tx.set('VM', ref, { last_booted_record: kept.last_booted_record, memory_target: kept.memory_target });
  if (VCPUs_number !== undefined && tx.find('VM_metrics', vm.metrics)) tx.set('VM_metrics', vm.metrics, { VCPUs_number });
  for (const vbd of vm.VBDs) tx.set('VBD', vbd, { currently_attached: tx.get('VBD', vbd).device !== '' });
  for (const vif of vm.VIFs) tx.set('VIF', vif, { currently_attached: true });
};

/** The snapshots of a disk are those of the disk that takes its place. */
const moveSnapshots = (tx: Transaction, vm: Ref<'VM'>, replaced: ReadonlyMap<Ref<'VDI'>, Twin>): void => {
  const byUuid = new Map(tx.get('VM', vm).VBDs.map(vbd => tx.get('VBD', vbd).VDI).filter(vdi => !isNull(vdi)).map(vdi => [tx.get('VDI', vdi).uuid, vdi]));
  for (const [ref, vdi] of tx.all('VDI')) {
    const successor = byUuid.get(replaced.get(vdi.snapshot_of)?.uuid ?? '');
    if (vdi.is_a_snapshot && successor !== undefined) tx.set('VDI', ref, { snapshot_of: successor });
  }
};

/** As the disk is called now that it replaces; of one that is gone, as the snapshot's. */
const nameBefore = (desk: Desk, twin: Twin): string => {
  const { snapshot_of, name_label } = desk.store.get('VDI', twin.from);
  return (isNull(snapshot_of) ? undefined : desk.store.find('VDI', snapshot_of)?.name_label) ?? name_label;
};

const planCopy = (desk: Desk, snapshot: Ref<'VM'>): (SuspendImage & { from: Ref<'VDI'> }) | undefined => {
  const { power_state, name_label } = desk.store.get('VM', snapshot);
  if (power_state !== 'Suspended') return undefined;
  const { vdi, sr } = imageOf(desk.store, snapshot);
  return { uuid: randomUUID(), sr, from: vdi, name: `Suspend image of ${name_label}`, bytes: desk.store.get('VDI', vdi).virtual_size };
};
