import { isNull, type Ref } from '../../../../../shared/api';
import { CallFailed, type Failure, failureOf, type Session } from '../../../../api';
import { MIB } from '../../../../ui/text';
import { diskBytesOf, type NewVm, type TemplateFacts } from './new-vm';

/* The plan behind New VM. When a step fails, or the person cancels, the half-made VM goes, with its disks. */

export type Step = 'clone' | 'configure' | 'disk' | 'provision' | 'start' | 'undo';
interface Wish { value: NewVm; facts: TemplateFacts }

export const createVm = async (session: Session, wish: Wish, signal: AbortSignal, onStep: (step: Step) => void): Promise<Ref<'VM'>> => {
  const name = wish.value.name.trim();
  const about = { verb: 'create', subject: name };
  onStep('clone');
  const { result } = await session.run(about, signal, 'Async.VM.clone', wish.value.template, name);
  if (result === undefined) throw new CallFailed({ kind: 'outcome-unknown', method: 'VM.clone' });
  const vm = result as Ref<'VM'>;
  try {
    onStep('configure');
    await configure(session, vm, wish.value);
    goOn(signal);
    onStep('provision');
    await session.run({ verb: 'prepare', subject: name, subjectRef: vm }, signal, 'Async.VM.provision', vm);
    if (await session.call('VM.get_is_a_template', vm)) await session.call('VM.set_is_a_template', vm, false);
    goOn(signal);
    onStep('disk');
    await enlarge(session, vm, wish, signal);
    if (wish.value.start) {
      goOn(signal);
      onStep('start');
      await session.run({ verb: 'start', subject: name, subjectRef: vm }, signal, 'Async.VM.start', vm, false, false);
    }
    return vm;
  } catch (error) {
    onStep('undo');
    const undo = await removeHalfMade(session, vm, name);
    throw undo ? new CallFailed({ kind: 'half-made', name, cause: failureOf(error), undo }) : error;
  }
};

const goOn = (signal: AbortSignal): void => { if (signal.aborted) throw new CallFailed({ kind: 'aborted' }); };

const configure = async (session: Session, vm: Ref<'VM'>, value: NewVm): Promise<void> => {
  const record = await session.call('VM.get_record', vm);
  const [vcpus, memory] = [Number(value.vcpus), Number(value.memoryMib) * MIB];
  // VCPUs_at_startup may never exceed VCPUs_max, not even for a moment.
  if (vcpus > record.VCPUs_max) {
    await session.call('VM.set_VCPUs_max', vm, vcpus);
    await session.call('VM.set_VCPUs_at_startup', vm, vcpus);
  } else if (vcpus !== record.VCPUs_max || vcpus !== record.VCPUs_at_startup) {
    await session.call('VM.set_VCPUs_at_startup', vm, vcpus);
    await session.call('VM.set_VCPUs_max', vm, vcpus);
  }
  if (memory !== record.memory_static_max || memory !== record.memory_dynamic_max) {
    await session.call('VM.set_memory_limits', vm, Math.min(record.memory_static_min, memory), memory, memory, memory);
  }
};

const enlarge = async (session: Session, vm: Ref<'VM'>, { value, facts }: Wish, signal: AbortSignal): Promise<void> => {
  const bytes = diskBytesOf(value, facts);
  const disk = bytes === undefined ? undefined : (await disksOf(session, vm))[0];
  if (bytes === undefined || disk === undefined) return;
  await session.run({ verb: 'resize the disk of', subject: value.name.trim(), subjectRef: vm }, signal, 'Async.VDI.resize', disk, bytes);
};

/** Asked of the host: the events that tell our records may still be on their way. In order of position. */
const disksOf = async (session: Session, vm: Ref<'VM'>): Promise<Ref<'VDI'>[]> => {
  const vbds = await Promise.all((await session.call('VM.get_VBDs', vm)).map(vbd => session.call('VBD.get_record', vbd)));
  return vbds.filter(vbd => vbd.type === 'Disk' && !isNull(vbd.VDI)).sort((a, b) => Number(a.userdevice) - Number(b.userdevice)).map(vbd => vbd.VDI);
};

/** The way back of the clone; answers why it could not be gone. */
const removeHalfMade = async (session: Session, vm: Ref<'VM'>, name: string): Promise<Failure | undefined> => {
  const about = { verb: 'remove half-made', subject: name, subjectRef: vm };
  try {
    const disks = await disksOf(session, vm);
    await session.run(about, undefined, 'Async.VM.destroy', vm);
    for (const disk of disks) await session.run(about, undefined, 'Async.VDI.destroy', disk);
    return undefined;
  } catch (error) {
    const failure = failureOf(error);
    return failure.kind === 'refused' && failure.code === 'HANDLE_INVALID' ? undefined : failure; // gone already
  }
};
