import type { Ref, VbdType } from '../../../shared/api';
import { newVbd } from '../../../shared/rules/new-records';
import { CallFailed, failureOf, type Session } from '../../api';

/** A VBD at the first free position, plugged in when the host offers to. An empty CD drive has no disk. Answers whether it is plugged in. */
export const attachDisk = async (
  session: Session, vm: Ref<'VM'>, vdi: Ref<'VDI'> | undefined, how: { name: string; type: VbdType; readOnly: boolean; bootable: boolean }, signal?: AbortSignal,
): Promise<boolean> => {
  const about = (verb: string) => ({ verb, subject: how.name, subjectRef: vm });
  const [userdevice] = await session.call('VM.get_allowed_VBD_devices', vm);
  if (userdevice === undefined) throw new CallFailed({ kind: 'refused', code: 'INVALID_DEVICE', params: ['no free position'] });
  const { result } = await session.run(about('attach'), signal, 'Async.VBD.create', newVbd({ VM: vm, VDI: vdi, userdevice, bootable: how.bootable, mode: how.readOnly || how.type === 'CD' ? 'RO' : 'RW', type: how.type }));
  if (result === undefined) throw new CallFailed({ kind: 'outcome-unknown', method: 'VBD.create' });
  const vbd = result as Ref<'VBD'>;
  const { allowed_operations: allowed, currently_attached: attached } = await session.call('VBD.get_record', vbd);
  if (attached) return true;
  if (vdi === undefined || !allowed.includes('plug')) return false;
  try { await session.run(about('plug in'), signal, 'Async.VBD.plug', vbd); return true; } catch (error) {
    const undo = await session.run(about('detach'), undefined, 'Async.VBD.destroy', vbd).then(() => undefined, failureOf);
    throw undo ? new CallFailed({ kind: 'half-made', name: how.name, cause: failureOf(error), undo }) : error;
  }
};
