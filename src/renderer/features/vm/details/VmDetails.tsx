import type { DetailTab } from '../../../parts/details/Details';
import { VmConsole } from '../console/VmConsole';
import { VmGeneral } from './VmGeneral';
import { VmNetwork } from './VmNetwork';
import { VmStorage } from './VmStorage';
import { useRecord } from '../../../api';
import { Details } from '../../../parts/details/Details';
import { Gone } from '../../../parts/details/Gone';
import { PowerIcon, powerWord } from '../../../parts/vm/power';

/** The tabs of a VM. */
export const VmDetails = ({ of: ref }: { of: string }) => {
  const vm = useRecord('VM', ref);
  if (!vm) return <Gone what="VM" />;
  const tabs: readonly DetailTab[] = [
    { id: 'general', title: 'General', body: () => <VmGeneral vm={vm} of={ref} /> },
    { id: 'console', title: 'Console', body: () => <VmConsole vm={vm} of={ref} /> },
    { id: 'storage', title: 'Storage', body: () => <VmStorage vm={vm} /> },
    { id: 'network', title: 'Network', body: () => <VmNetwork vm={vm} /> },
  ];
  return <Details icon={<PowerIcon vm={vm} />} name={vm.name_label} kind={powerWord(vm)} tabs={tabs} />;
};
