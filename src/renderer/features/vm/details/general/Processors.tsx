import type { Ref, VMRecord } from '../../../../../shared/api';
import { useRecord, useSession, useSessionView } from '../../../../api';
import { useSaved } from '../../../../parts/saved';
import { whyNotMay } from '../../../../parts/session/may';
import { EditableChoice } from '../../../../ui/EditableChoice';
import { EditableText } from '../../../../ui/EditableText';
import { Properties, Property } from '../../../../ui/Properties';
import { whyNotRecord } from '../../actions/vm-action';
import { useLacks, whyWithout } from '../../../../parts/host/lacks';
import { hasPlugin } from '../../../../parts/host/plugin';
import { DISK_WEIGHT, setEntry, USUAL_WEIGHT, weightProblem, whyNotOff, wholeNumber } from '../vm-field';
import { cpuMaskProblem, topologies } from './cpu-shape';

const VCPUS_MAX = 254;
const CPU_WEIGHT_MAX = 65_535;
const CAP_MAX_PERCENT = VCPUS_MAX * 100;
const NUMBER_MAX_CHARS = 6;
const MASK_MAX_CHARS = 512;
const USUAL_CPU_WEIGHT = '256';

/** Virtual CPUs: how many, in which shape, and what share of the host they and the disks get. */
export const Processors = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => {
  const session = useSession();
  useSessionView();
  const saved = useSaved();
  const metrics = useRecord('VM_metrics', vm.metrics);
  const live = whyNotRecord(session, vm, 'changing_VCPUs_live');
  const set = whyNotRecord(session, vm, 'changing_VCPUs');
  const running = vm.power_state === 'Running' || vm.power_state === 'Paused' ? metrics?.VCPUs_number ?? 0 : 0;
  const why = whyNotMay(session, 'VM.add_to_VCPUs_params');
  const lacks = useLacks(session, 'host_lacks'), withoutCpu = whyWithout(lacks, 'cpu-share'), withoutDisks = whyWithout(lacks, 'disk-weight');
  const share = (key: 'weight' | 'cap' | 'mask', text: string): Promise<string | undefined> => saved(setEntry(session, ref, 'VCPUs_params', key, text === '' ? undefined : text));
  const { weight = '', cap = '', mask = '' } = vm.VCPUs_params, { [DISK_WEIGHT]: disks = '' } = vm.other_config;
  return (
    <Properties title="Processors">
      {running > 0 && (
        <Property name="vCPUs now">
          <EditableText label="vCPUs now" value={String(running)} why={live ?? (vm.VCPUs_max <= running ? 'It has as many as it can have: “at most” counts from the next start.' : undefined)} maxChars={NUMBER_MAX_CHARS}
            check={wholeNumber(running, vm.VCPUs_max)} hint="More at once; fewer only after a restart." onSave={text => saved(session.call('VM.set_VCPUs_number_live', ref, Number(text)))} />
        </Property>
      )}
      <Property name="vCPUs at start">
        <EditableText label="vCPUs at start" value={String(vm.VCPUs_at_startup)} why={set} maxChars={NUMBER_MAX_CHARS} check={wholeNumber(1, VCPUS_MAX)}
          onSave={text => saved(setAtStart(text))} />
      </Property>
      <Property name="vCPUs at most">
        <EditableText label="vCPUs at most" value={String(vm.VCPUs_max)} why={set} maxChars={NUMBER_MAX_CHARS} check={wholeNumber(vm.VCPUs_at_startup, VCPUS_MAX)} hint="Up to here vCPUs can be added while it runs."
          onSave={text => saved(session.call('VM.set_VCPUs_max', ref, Number(text)))} />
      </Property>
      <Property name="Topology">
        <EditableChoice label="Topology" value={vm.platform['cores-per-socket'] ?? '1'} choices={topologies(vm.VCPUs_max)} why={whyNotOff(session, vm)}
          onSave={value => saved(setEntry(session, ref, 'platform', 'cores-per-socket', value))} />
      </Property>
      <Property name="Priority"><EditableText label="Priority" value={weight} shown={weight === '' ? `normal (${USUAL_CPU_WEIGHT})` : weight === USUAL_CPU_WEIGHT ? `${weight}, normal` : weight} why={why} maxChars={NUMBER_MAX_CHARS}
        hint={withoutCpu ?? `1 to ${CPU_WEIGHT_MAX}; ${USUAL_CPU_WEIGHT} is normal, twice as much is twice the time when the host is busy.`} check={text => (text === '' ? undefined : wholeNumber(1, CPU_WEIGHT_MAX)(text))} onSave={text => share('weight', text)} /></Property>
      <Property name="Limit"><EditableText label="Limit" value={cap} shown={cap === '' || cap === '0' ? 'none' : `${cap} % of one CPU`} why={why} maxChars={NUMBER_MAX_CHARS} hint={withoutCpu ?? 'Percent of one CPU for the whole VM; 0 is no limit.'}
        check={text => (text === '' ? undefined : wholeNumber(0, CAP_MAX_PERCENT)(text))} onSave={text => share('cap', text)} /></Property>
      <Property name="Runs on CPUs"><EditableText label="Runs on CPUs" value={mask} shown={mask === '' ? 'any' : mask} why={why} maxChars={MASK_MAX_CHARS} hint="Numbers of CPUs of the host: 0,2 or 0-3" check={cpuMaskProblem}
        onSave={text => share('mask', text)} /></Property>
      {hasPlugin(session) && (
        <Property name="Disk priority">
          <EditableText label="Disk priority" value={disks} shown={disks === '' ? `normal (${USUAL_WEIGHT})` : withoutDisks === undefined ? disks : `${disks}, without effect`} why={why} maxChars={NUMBER_MAX_CHARS} check={text => (text === '' ? undefined : weightProblem(text))}
            hint={withoutDisks ?? `1 to 1000, for all disks of the VM; ${USUAL_WEIGHT} is normal, twice as much is twice the share when a disk of the host is busy.`}
            onSave={text => saved(setEntry(session, ref, 'other_config', DISK_WEIGHT, text === '' ? undefined : text))} />
        </Property>
      )}
    </Properties>
  );

  /** Never more at start than at most, not even for a moment. */
  async function setAtStart(text: string): Promise<void> {
    const count = Number(text);
    if (count > vm.VCPUs_max) await session.call('VM.set_VCPUs_max', ref, count);
    await session.call('VM.set_VCPUs_at_startup', ref, count);
  }
};
