import type { VMRecord } from '../../../../shared/api';
import { isNull } from '../../../../shared/api';
import { readDate, useNow, useRecord, useSession, useSessionView } from '../../../api';
import { ObjectLink } from '../../../parts/ObjectLink';
import { Naming } from '../../../parts/Naming';
import { whyNotLive } from '../../../parts/session/liveness';
import { powerWord } from '../../../parts/vm/power';
import { CopyButton } from '../../../ui/CopyButton';
import { Properties, Property, PropertyGrid } from '../../../ui/Properties';
import { agoText, bytesText, dateText } from '../../../ui/text';
import { addressesOf, bootText, vcpusText } from './vm-words';

const AGE_RENEWED_MS = 30_000;

/** What a VM is. */
export const VmGeneral = ({ vm, of: ref }: { vm: VMRecord; of: string }) => {
  const session = useSession();
  const { state, address } = useSessionView();
  const guest = useRecord('VM_guest_metrics', vm.guest_metrics);
  const why = whyNotLive(state, address);
  const addresses = guest ? addressesOf(guest) : [];
  return (
    <PropertyGrid>
      <Properties title="Virtual machine">
        <Naming record={vm} why={why}
          setName={text => session.call('VM.set_name_label', ref as never, text)} setDescription={text => session.call('VM.set_name_description', ref as never, text)} />
        <Property name="Power state"><PowerSince vm={vm} /></Property>
        <Property name="Runs on">{isNull(vm.resident_on) ? 'no host: it is off' : <ObjectLink cls="host" of={vm.resident_on} />}</Property>
        <Property name="Addresses">{addresses.length === 0 ? 'not told by the guest' : addresses.join(', ')}</Property>
        <Property name="Guest system">{guest?.os_version['name'] ?? 'not told by the guest'}</Property>
      </Properties>
      <Properties title="Resources">
        <Property name="Virtual CPUs">{vcpusText(vm)}</Property>
        <Property name="Memory">{bytesText(vm.memory_static_max)}</Property>
        <Property name="Boot">{bootText(vm)}</Property>
        {vm.PV_args !== '' && <Property name="Boot arguments"><code>{vm.PV_args}</code></Property>}
        <Property name="After shutdown">{vm.actions_after_shutdown === 'destroy' ? 'stays off' : 'starts again'}</Property>
        <Property name="After reboot">{vm.actions_after_reboot === 'destroy' ? 'stays off' : 'starts again'}</Property>
        <Property name="Identifier"><code>{vm.uuid}</code><CopyButton text={vm.uuid} what="identifier" /></Property>
      </Properties>
    </PropertyGrid>
  );
};

const PowerSince = ({ vm }: { vm: VMRecord }) => {
  const metrics = useRecord('VM_metrics', vm.metrics);
  const now = useNow(AGE_RENEWED_MS);
  const since = vm.power_state === 'Halted' ? undefined : readDate(metrics?.start_time ?? '');
  return <>{powerWord(vm)}{since !== undefined && `, started ${agoText(now - since)} (${dateText(since)})`}</>;
};
