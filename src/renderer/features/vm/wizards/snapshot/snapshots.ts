import { isNull, type Ref, type VmOperations } from '../../../../../shared/api';
import { CallFailed, failureOf, type Session } from '../../../../api';
import { dateText } from '../../../../ui/text';
import { freeVmName, type VmTarget } from '../../actions/vm-action';

/* Taking snapshots, going back to them, and what is made from them. */

/** `disks`: as after pulling the plug. `quiesced`: the guest has written everything first. `memory`: it goes on where it was. */
export type SnapshotKind = 'disks' | 'quiesced' | 'memory';
export const SNAPSHOT_OPERATIONS: Readonly<Record<SnapshotKind, VmOperations>> = { disks: 'snapshot', quiesced: 'snapshot_with_quiesce', memory: 'checkpoint' };

export const snapshotName = ({ session, record }: VmTarget, now: number): string => freeVmName(session, `${record.name_label}, ${dateText(now)}`);

export const takeSnapshot = async ({ session, ref, record }: VmTarget, kind: SnapshotKind, name: string, description: string, signal?: AbortSignal): Promise<Ref<'VM'>> => {
  const about = { verb: 'take a snapshot of', subject: record.name_label, subjectRef: ref };
  const { result } = await (kind === 'disks' ? session.run(about, signal, 'Async.VM.snapshot', ref, name)
    : kind === 'quiesced' ? session.run(about, signal, 'Async.VM.snapshot_with_quiesce', ref, name) : session.run(about, signal, 'Async.VM.checkpoint', ref, name));
  if (result === undefined) throw new CallFailed({ kind: 'outcome-unknown', method: 'VM.snapshot' });
  if (description !== '') await session.call('VM.set_name_description', result as Ref<'VM'>, description);
  return result as Ref<'VM'>;
};

/** With memory in it: it goes on where it was, instead of booting. */
export const hasMemory = (snapshot: { power_state: string; suspend_VDI: string }): boolean => snapshot.power_state === 'Suspended' || !isNull(snapshot.suspend_VDI);

export const revert = async (vm: VmTarget, snapshot: Ref<'VM'>, how: { first: boolean; start: boolean }, signal: AbortSignal): Promise<void> => {
  const { session, ref, record } = vm;
  if (how.first) await takeSnapshot(vm, 'disks', snapshotName(vm, Date.now()), 'Taken before going back to another snapshot', signal);
  if (signal.aborted) throw new CallFailed({ kind: 'aborted' });
  await session.run({ verb: 'revert', subject: record.name_label, subjectRef: ref }, signal, 'Async.VM.revert', snapshot);
  if (!how.start) return;
  // Asked of the host: the event that tells us how it is now may still be on its way.
  const state = await session.call('VM.get_power_state', ref);
  if (state === 'Suspended') await session.run({ verb: 'resume', subject: record.name_label, subjectRef: ref }, signal, 'Async.VM.resume', ref, false, false);
  if (state === 'Halted') await session.run({ verb: 'start', subject: record.name_label, subjectRef: ref }, signal, 'Async.VM.start', ref, false, false);
};

/** A VM or a template with the disks of a snapshot. Half made, it is taken back. */
export const fromSnapshot = async ({ session, record }: VmTarget, snapshot: Ref<'VM'>, as: 'VM' | 'template', name: string, signal: AbortSignal): Promise<Ref<'VM'>> => {
  const { result } = await session.run({ verb: 'copy a snapshot of', subject: record.name_label }, signal, 'Async.VM.clone', snapshot, name);
  if (result === undefined) throw new CallFailed({ kind: 'outcome-unknown', method: 'VM.clone' });
  const made = result as Ref<'VM'>;
  try {
    if (as === 'VM') await becomeVm(session, made, name, signal);
    else if (!(await session.call('VM.get_is_a_template', made))) await session.call('VM.set_is_a_template', made, true);
    return made;
  } catch (error) {
    const undo = await takeBack(session, made, name).then(() => undefined, failureOf);
    throw undo ? new CallFailed({ kind: 'half-made', name, cause: failureOf(error), undo }) : error;
  }
};

/** Some hosts answer a clone of a snapshot as a template: those want it provisioned. */
const becomeVm = async (session: Session, made: Ref<'VM'>, name: string, signal: AbortSignal): Promise<void> => {
  if (!(await session.call('VM.get_is_a_template', made))) return;
  await session.run({ verb: 'prepare', subject: name, subjectRef: made }, signal, 'Async.VM.provision', made);
  if (await session.call('VM.get_is_a_template', made)) await session.call('VM.set_is_a_template', made, false);
};

const takeBack = async (session: Session, made: Ref<'VM'>, name: string): Promise<void> => {
  const about = { verb: 'remove half-made', subject: name };
  const vbds = await Promise.all((await session.call('VM.get_VBDs', made)).map(vbd => session.call('VBD.get_record', vbd)));
  await session.run(about, undefined, 'Async.VM.destroy', made);
  for (const { VDI, type } of vbds) if (type === 'Disk' && !isNull(VDI)) await session.run(about, undefined, 'Async.VDI.destroy', VDI);
};
