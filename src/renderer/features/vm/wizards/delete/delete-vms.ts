import { isNull, type Ref } from '../../../../../shared/api';
import { failureOf, readDate, type Session } from '../../../../api';
import type { VmTarget } from '../../actions/vm-action';

/* What goes with a VM when it is deleted, and the deleting itself. */

export interface DiskChoice {
  vdi: Ref<'VDI'>;
  name: string;
  sizeBytes: number;
  srName: string;
  /** Why it stays; undefined: it can go. */
  stays: string | undefined;
  /** The name of the snapshot that it belongs to; undefined: the VM itself. */
  snapshot?: string;
}
export interface SnapshotChoice { ref: Ref<'VM'>; name: string; takenAt: number | undefined; VBDs: readonly string[] }

/** Its snapshots, oldest first: without their VM nobody would find them again, so they go with it. */
export const snapshotsOf = ({ session, record }: VmTarget): SnapshotChoice[] => record.snapshots.flatMap(ref => {
  const snapshot = session.records.get('VM', ref);
  return snapshot ? [{ ref, name: snapshot.name_label || 'unnamed snapshot', takenAt: readDate(snapshot.snapshot_time), VBDs: snapshot.VBDs }] : [];
}).sort((a, b) => (a.takenAt ?? 0) - (b.takenAt ?? 0));

/** The disks of a VM and of its snapshots. A disk that others use, and a CD, never go with it. */
export const disksOf = (vm: VmTarget): DiskChoice[] => {
  const snapshots = snapshotsOf(vm);
  const own = new Set<string>([vm.ref, ...snapshots.map(({ ref }) => ref)]);
  return [...diskChoices(vm.session, vm.record.VBDs, own), ...snapshots.flatMap(({ name, VBDs }) => diskChoices(vm.session, VBDs, own).map(disk => ({ ...disk, snapshot: name })))];
};

const diskChoices = (session: Session, vbds: readonly string[], own: ReadonlySet<string>): DiskChoice[] => vbds.flatMap(vbdRef => {
  const vbd = session.records.get('VBD', vbdRef);
  const vdi = vbd && !vbd.empty ? session.records.get('VDI', vbd.VDI) : undefined;
  if (!vbd || !vdi || vbd.type !== 'Disk') return [];
  const shared = vdi.VBDs.some(other => { const user = session.records.get('VBD', other)?.VM; return user !== undefined && !own.has(user); });
  return [{
    vdi: vbd.VDI, name: vdi.name_label || 'unnamed disk', sizeBytes: vdi.virtual_size, srName: session.records.get('SR', vdi.SR)?.name_label ?? 'unknown storage',
    stays: shared ? 'also used by another VM' : undefined,
  }];
});

/** The memory that a suspended VM, or a snapshot with memory, has on a storage repository. Nobody can use it without its VM. */
export const savedMemoryOf = ({ session, record }: VmTarget): Ref<'VDI'>[] =>
  [record.suspend_VDI, ...record.snapshots.map(ref => session.records.get('VM', ref)?.suspend_VDI)].filter((vdi): vdi is Ref<'VDI'> => vdi !== undefined && !isNull(vdi));

/** First the VM, then its snapshots, then the chosen disks: a disk whose VM could not be deleted is left alone. */
export const deleteVm = async (vm: VmTarget, disks: readonly DiskChoice[]): Promise<void> => {
  const { session, ref, record } = vm;
  const about = { verb: 'delete', subject: record.name_label, subjectRef: ref };
  const snapshots = snapshotsOf(vm);
  const memory = savedMemoryOf(vm);
  await session.run(about, undefined, 'Async.VM.destroy', ref);
  for (const snapshot of snapshots) await gone(() => session.run({ ...about, verb: 'delete snapshot', subject: snapshot.name }, undefined, 'Async.VM.destroy', snapshot.ref));
  const own = [...record.VBDs, ...snapshots.flatMap(({ VBDs }) => VBDs)];
  for (const { vdi, name } of disks) await gone(() => deleteDisk(session, vdi, name, own));
  for (const vdi of memory) await gone(() => deleteDisk(session, vdi, `saved memory of ${record.name_label}`, own));
};

/** A host may have taken it along already. */
const gone = async (work: () => Promise<unknown>): Promise<void> => {
  try { await work(); } catch (error) {
    const failure = failureOf(error);
    if (failure.kind !== 'refused' || failure.code !== 'HANDLE_INVALID') throw error;
  }
};

/** Asked again at the last moment: while the dialog was open, another VM may have come to use it. Then it stays. */
const deleteDisk = async (session: Session, vdi: Ref<'VDI'>, name: string, own: readonly string[]): Promise<void> => {
  const { VBDs } = await session.call('VDI.get_record', vdi);
  if (VBDs.some(vbd => !own.includes(vbd))) return;
  await session.run({ verb: 'delete disk', subject: name, subjectRef: vdi }, undefined, 'Async.VDI.destroy', vdi);
};
