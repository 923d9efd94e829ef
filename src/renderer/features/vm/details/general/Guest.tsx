import { isNull, type VMRecord } from '../../../../../shared/api';
import { readDate, useNow, useRecord } from '../../../../api';
import { ObjectLink } from '../../../../parts/ObjectLink';
import { powerWord } from '../../../../parts/vm/power';
import { CopyButton } from '../../../../ui/CopyButton';
import { Properties, Property } from '../../../../ui/Properties';
import { agoText, dateText } from '../../../../ui/text';
import { addressesOf, agentText, osText } from '../vm-words';

const AGE_RENEWED_MS = 30_000;

/** How it is with the VM, and what the system in it tells. */
export const Guest = ({ vm }: { vm: VMRecord }) => {
  const guest = useRecord('VM_guest_metrics', vm.guest_metrics);
  const addresses = guest ? addressesOf(guest) : [];
  const os = osText(guest);
  return (
    <Properties title="State">
      <Property name="Power state"><PowerSince vm={vm} /></Property>
      <Property name="Runs on">{isNull(vm.resident_on) ? 'no host' : <ObjectLink cls="host" of={vm.resident_on} />}</Property>
      <Property name="Guest system">{os ?? 'not told by the guest'}{os !== undefined && <CopyButton text={os} what="guest system" />}</Property>
      <Property name="Host name">{guest?.other['hostname'] ?? guest?.os_version['hostname'] ?? guest?.other['data-hostname'] ?? guest?.networks['hostname']}</Property>
      <Property name="Addresses">{addresses.length === 0 ? 'not told by the guest' : addresses.map(address => <span key={address} style={{ display: 'block' }}><code>{address}</code><CopyButton text={address} what={`address ${address}`} /></span>)}</Property>
      <Property name="Guest agent">{agentText(vm, guest)}</Property>
    </Properties>
  );
};

const PowerSince = ({ vm }: { vm: VMRecord }) => {
  const metrics = useRecord('VM_metrics', vm.metrics);
  const now = useNow(AGE_RENEWED_MS);
  const since = vm.power_state === 'Halted' ? undefined : readDate(metrics?.start_time ?? '');
  return <>{powerWord(vm)}{since !== undefined && `, started ${agoText(now - since)} (${dateText(since)})`}</>;
};
