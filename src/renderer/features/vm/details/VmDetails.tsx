import type { Ref } from '../../../../shared/api';
import { useRecord, useSessionView } from '../../../api';
import { Details, type DetailTab } from '../../../parts/details/Details';
import { Gone } from '../../../parts/details/Gone';
import { isStale } from '../../../parts/session/liveness';
import { PowerIcon, powerWord } from '../../../parts/vm/power';
import { VmConsole } from '../console/VmConsole';
import { VmGeneral } from './general/VmGeneral';
import { VmLog } from './log/VmLog';
import { VmMemory } from './memory/VmMemory';
import { VmNetwork } from './network/VmNetwork';
import { VmSnapshots } from './snapshots/VmSnapshots';
import { VmStorage } from './storage/VmStorage';
import { VmPerformance } from './VmPerformance';

/** The tabs of a VM. */
export const VmDetails = ({ of }: { of: string }) => {
  const vm = useRecord('VM', of);
  const ref = of as Ref<'VM'>;
  const stale = isStale(useSessionView().state);
  if (!vm) return <Gone what="VM" />;
  const tabs: readonly DetailTab[] = [
    { id: 'general', title: 'General', body: () => <VmGeneral vm={vm} of={ref} /> },
    { id: 'console', title: 'Console', body: () => <VmConsole vm={vm} of={ref} /> },
    { id: 'memory', title: 'Memory', body: () => <VmMemory vm={vm} of={ref} /> },
    { id: 'storage', title: 'Storage', body: () => <VmStorage vm={vm} of={ref} /> },
    { id: 'network', title: 'Networking', body: () => <VmNetwork vm={vm} of={ref} /> },
    { id: 'snapshots', title: 'Snapshots', body: () => <VmSnapshots vm={vm} of={ref} /> },
    { id: 'performance', title: 'Performance', body: () => <VmPerformance vm={vm} of={ref} /> },
    { id: 'log', title: 'Log', body: () => <VmLog vm={vm} of={ref} /> },
  ];
  return <Details icon={<PowerIcon vm={vm} faded={stale} />} name={vm.name_label} kind={powerWord(vm)} tabs={tabs} />;
};
