import type { HostRecord } from '../../../../shared/api';
import { useRecord, useRecords } from '../../../api';
import { ObjectLink } from '../../../parts/ObjectLink';
import { Properties, Property } from '../../../ui/Properties';
import { bytesText } from '../../../ui/text';
import { UsageBar } from '../../../ui/UsageBar';

const SHOWN_MAX = 8;

/** Where the memory of a host is: in the service, in each VM, free. */
export const HostMemory = ({ host }: { host: HostRecord }) => {
  const metrics = useRecord('host_metrics', host.metrics);
  const vms = useRecords('VM', host.resident_VMs).filter(({ record }) => !record.is_control_domain).sort((a, b) => b.record.memory_dynamic_max - a.record.memory_dynamic_max);
  const total = metrics?.memory_total ?? 0;
  const promised = vms.reduce((sum, { record }) => sum + record.memory_dynamic_max, 0);
  return (
    <Properties title="Memory">
      <Property name="All"><UsageBar label="Memory used" used={metrics ? total - metrics.memory_free : 0} total={total} /></Property>
      <Property name="For the host">{bytesText(host.memory_overhead)}</Property>
      <Property name="For VMs">{bytesText(promised)}{total > 0 && promised > total - host.memory_overhead ? ', more than there is' : ''}</Property>
      {vms.slice(0, SHOWN_MAX).map(({ ref, record }) => <Property key={ref} name={bytesText(record.memory_dynamic_max)}><ObjectLink cls="VM" of={ref} /></Property>)}
      {vms.length > SHOWN_MAX && <Property name="More">{vms.length - SHOWN_MAX} smaller VMs</Property>}
    </Properties>
  );
};
