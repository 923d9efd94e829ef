import { randomUUID } from 'node:crypto';
import { ApiError, type Records, type Ref } from '../../../shared/api';
import { StorageError, type PreparedSnapshot, type StoredVdi } from '../../storage/contract';
import type { Desk } from '../desk';
import { messageOf, toApiError } from '../failure';
import type { Step } from '../plan';
import { makeVdiStep, repositoryOf, storedFields } from '../vdi/make';

/* Snapshots of disks that a machine writes: each is prepared, at one moment the machine goes on writing elsewhere, and what it wrote until then is taken as
 * the snapshot. Killed anywhere, the disk is whole: reconcile.ts asks the machine where it writes. */

export interface LiveDisk { vdi: Ref<'VDI'>; fromUuid: string; sr: Ref<'SR'>; userdevice: string; uuid: string; name: string; prepared?: PreparedSnapshot | undefined; switched?: true; stored?: StoredVdi }

export const liveDisk = (desk: Desk, vdi: Ref<'VDI'>, userdevice: string, name: string, uuid: string = randomUUID()): LiveDisk => {
  const { SR: sr, uuid: fromUuid } = desk.store.get('VDI', vdi), repository = repositoryOf(desk, sr);
  if (!repository.capabilities.includes('VDI_SNAPSHOT') || !repository.prepareSnapshot) throw new ApiError('SR_OPERATION_NOT_SUPPORTED', sr);
  return { vdi, fromUuid, sr, userdevice, uuid, name };
};

export const prepareStep = (desk: Desk, vmUuid: string, disk: LiveDisk): Step => ({
  name: `prepare VDI ${disk.fromUuid}`, weight: 2,
  do: async () => {
    const repository = repositoryOf(desk, disk.sr), lack = (await desk.engine.facts()).lacks?.['live-disks'];
    if (lack !== undefined && repository.snapshotsStill !== true) throw new ApiError('VALUE_NOT_SUPPORTED', 'operation', 'snapshot', lack);
    desk.journal.begin({ kind: 'snapshot', srUuid: desk.store.get('SR', disk.sr).uuid, vdiUuid: disk.fromUuid, vmUuid, userdevice: disk.userdevice });
    try { disk.prepared = await repository.prepareSnapshot?.({ uuid: disk.uuid, name: disk.name, from: disk.fromUuid }); } catch (error) {
      desk.journal.end(disk.fromUuid);
      throw toApiError(error, { vdi: disk.vdi, sr: disk.sr, operation: 'snapshot' });
    }
  },
  undo: async () => {
    // The way back is closed once the machine writes elsewhere: the disk's chain is one longer then, until it is merged.
    if (disk.switched) await repositoryOf(desk, disk.sr).settleSnapshot?.(disk.fromUuid, await desk.engine.openImages(vmUuid, disk.userdevice).catch(() => []));
    else await disk.prepared?.abandon();
    if (desk.journal.has(disk.uuid)) { // taken while the machine stood still, before what failed
      await repositoryOf(desk, disk.sr).destroy(disk.uuid).catch((error: unknown) => { if (!(error instanceof StorageError && error.kind === 'not-found')) throw error; });
      desk.journal.end(disk.uuid);
    }
    desk.journal.end(disk.fromUuid);
  },
});

export interface Moment {
  /** Hold the file systems still: not at all, if it can be had, or not without. */
  quiesce: 'no' | 'if possible' | 'must';
  /** What else happens while nothing is written. */
  meanwhile?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** The moment itself. Answers whether the guest's file systems were still. */
export const switchAll = async (desk: Desk, vm: Ref<'VM'>, disks: readonly LiveDisk[], moment: Moment, signal: AbortSignal): Promise<boolean> => {
  const { uuid } = desk.store.get('VM', vm);
  const still = desk.engine.state(uuid) === 'running' ? await quiesce(desk, vm, moment.quiesce) : undefined;
  const stops = desk.engine.state(uuid) === 'running' && (moment.meanwhile !== undefined || disks.some(({ prepared }) => prepared?.overlay === undefined));
  if (stops) desk.journal.hold(uuid);
  try {
    if (stops) await desk.engine.pause(uuid);
    await desk.engine.switchDisks(uuid, disks.flatMap(({ userdevice, prepared }) => (prepared?.overlay ? [{ userdevice, overlay: prepared.overlay }] : [])));
    for (const disk of disks) {
      if (disk.prepared?.overlay) disk.switched = true;
      else disk.stored = await take(desk, disk);
    }
    await moment.meanwhile?.(signal);
  } finally {
    try { if (stops && desk.engine.state(uuid) === 'paused') await desk.engine.unpause(uuid); } finally {
      // Its agent answers only now.
      await still?.thaw().catch((error: unknown) => { desk.log.warn('the guest was not told to go on writing; it does by itself', { vm: uuid, why: messageOf(error) }); });
    }
    if (stops) desk.journal.letGo(uuid);
  }
  return still !== undefined;
};

/** What the disk was until the moment. */
export const takeStep = (desk: Desk, disk: LiveDisk): Step => {
  const making = makeVdiStep(desk, { uuid: disk.uuid, sr: disk.sr, name: disk.name, operation: 'snapshot', from: disk.vdi, make: () => take(desk, disk), made: stored => { disk.stored = stored; } }, 2);
  return { ...making, do: signal => (disk.stored ? undefined : making.do(signal)) };
};

/** The disk's record, as it stands now, and the end of its intent. Never fails: the snapshot is made. */
export const closeLive = async (desk: Desk, disks: readonly LiveDisk[]): Promise<void> => {
  for (const { vdi, sr, fromUuid } of disks) {
    desk.journal.end(fromUuid);
    try {
      const stored = await repositoryOf(desk, sr).stat(fromUuid);
      desk.store.transaction(tx => { if (tx.find('VDI', vdi)) tx.set('VDI', vdi, storedFields(tx, sr, stored)); });
    } catch (error) { desk.log.warn('VDI not read', { vdi: fromUuid, why: messageOf(error) }); }
  }
};

export const snapshotVdiFields = (desk: Desk, of: Ref<'VDI'>, time: string): Partial<Records['VDI']> => ({ is_a_snapshot: true, snapshot_of: of, snapshot_time: time, read_only: true, type: desk.store.get('VDI', of).type });

const take = async (desk: Desk, disk: LiveDisk): Promise<StoredVdi> => {
  if (!disk.prepared) throw new Error('the snapshot was not prepared');
  desk.journal.begin({ kind: 'make', srUuid: desk.store.get('SR', disk.sr).uuid, vdiUuid: disk.uuid });
  return disk.prepared.take();
};

const quiesce = async (desk: Desk, vm: Ref<'VM'>, wish: Moment['quiesce']): Promise<{ thaw(): Promise<void> } | undefined> => {
  if (wish === 'no') return undefined;
  const must = wish === 'must', { uuid } = desk.store.get('VM', vm);
  try {
    const still = await desk.engine.quiesce(uuid);
    if (still === undefined && must) throw new ApiError('VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED', vm, 'no guest agent answers');
    return still;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (must) throw new ApiError('VM_SNAPSHOT_WITH_QUIESCE_FAILED', vm);
    desk.log.warn('the guest agent could not hold the file systems still; the snapshot is as after a power cut', { vm: uuid, why: messageOf(error) });
    return undefined;
  }
};
