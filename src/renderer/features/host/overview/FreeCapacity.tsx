import { type Found, useList, useRecords } from '../../../api';
import { SRS } from '../../../parts/lists';
import { isIsoLibrary } from '../../../parts/sr/places';
import { Properties, Property } from '../../../ui/Properties';
import { UsageBar } from '../../../ui/UsageBar';

/** What there is still room for. */
export const FreeCapacity = ({ hosts }: { hosts: readonly Found<'host'>[] }) => {
  const metrics = useRecords('host_metrics', hosts.map(({ record }) => record.metrics));
  const vms = useRecords('VM', hosts.flatMap(({ record }) => record.resident_VMs)).filter(({ record }) => !record.is_control_domain);
  const all = useRecords('SR', useList(SRS));
  const pbds = useRecords('PBD', all.flatMap(({ record }) => record.PBDs));
  const srs = all.filter(({ ref, record }) => !isIsoLibrary(record) && record.physical_size > 0 && pbds.some(pbd => pbd.record.SR === ref && pbd.record.currently_attached));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const total = sum(metrics.map(({ record }) => record.memory_total));
  const cpus = sum(hosts.map(({ record }) => Number(record.cpu_info['cpu_count'] ?? 0)));
  const vcpus = sum(vms.map(({ record }) => record.VCPUs_at_startup));
  return (
    <Properties title="Room">
      <Property name="Memory"><UsageBar label="Memory used" used={total - sum(metrics.map(({ record }) => record.memory_free))} total={total} /></Property>
      <Property name="CPUs">{cpus > 0 ? `${vcpus} virtual on ${cpus} real${vcpus > cpus ? ', more than there are' : `, ${cpus - vcpus} not promised`}` : 'unknown'}</Property>
      <Property name="VMs">{vms.length} running</Property>
      {srs.map(({ ref, record }) => <Property key={ref} name={record.name_label}><UsageBar label={`Space used on ${record.name_label}`} used={record.physical_utilisation} total={record.physical_size} /></Property>)}
    </Properties>
  );
};
