import Computer from '@mui/icons-material/ComputerOutlined';
import Box from '@mui/material/Box';
import { useList, useRecord, useRecords, useSession } from '../../../api';
import { useScreen } from '../../../parts/actions/stage';
import { homeOf, HOSTS, VMS } from '../../../parts/lists';
import { isMetric, METRIC_COLUMNS, useMetricColumns } from '../../../parts/metrics/columns';
import { MetricCell } from '../../../parts/metrics/MetricCell';
import type { QuantityId } from '../../../parts/metrics/quantities';
import { ObjectLink } from '../../../parts/ObjectLink';
import { PowerIcon, powerWord } from '../../../parts/vm/power';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { sorted, useSort } from '../../../ui/sorting';
import { bytesText } from '../../../ui/text';

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Name', track: 'minmax(10em, 2fr)', sortable: true },
  { id: 'state', title: 'State', track: '7.5em', sortable: true },
  ...METRIC_COLUMNS,
  { id: 'vcpus', title: 'Virtual CPUs', track: '7em', align: 'right', sortable: true, descendsFirst: true },
  { id: 'given', title: 'Memory', track: '7em', align: 'right', sortable: true, descendsFirst: true },
  { id: 'description', title: 'Description', track: 'minmax(12em, 3fr)' },
];

/** All VMs of a pool, or of one `host` of it, one a line, with what they use now: sorted by a column of figures, the one that eats the host stands first. */
export const HostVms = ({ host }: { host?: string }) => {
  const session = useSession();
  const isAlone = useList(HOSTS).length < 2;
  const vms = useRecords('VM', useList(VMS)).filter(({ record }) => host === undefined || isAlone || homeOf(record) === host);
  const refs = vms.map(({ ref }) => ref);
  const { top, value } = useMetricColumns('VM', vms.map(({ record: { uuid } }) => ({ uuid })));
  const { sort, onSort } = useSort();
  const { select, openMenu } = useScreen();
  const target = (ref: string) => ({ session, cls: 'VM' as const, ref });
  if (refs.length === 0) return <EmptyState icon={Computer} title="No VM yet" detail="New VM makes one from a template of this host." />;
  const rows = sorted(refs, sort, (ref, column) => {
    const vm = session.records.get('VM', ref);
    if (!vm) return '';
    if (isMetric(column)) return value({ uuid: vm.uuid }, column);
    return column === 'vcpus' ? vm.VCPUs_max : column === 'given' ? vm.memory_static_max : column === 'state' ? powerWord(vm) : vm.name_label;
  });
  return <DataTable label="Virtual machines" columns={COLUMNS} rows={rows} sort={sort} onSort={onSort} onOpen={row => { select(target(row)); }} onMenu={(row, at) => { openMenu([target(row)], at); }}
    renderCell={(row, column) => <VmCell of={row} column={column} top={top} />} />;
};

const VmCell = ({ of: ref, column, top }: { of: string; column: string; top: (id: QuantityId) => number }) => {
  const vm = useRecord('VM', ref);
  if (!vm) return null;
  if (isMetric(column)) return <MetricCell cls="VM" uuid={vm.uuid} id={column} top={column === 'memory' ? vm.memory_static_max : top(column)} />;
  switch (column) {
    case 'name': return <ObjectLink cls="VM" of={ref} />;
    case 'state': return <Box component="span" sx={{ display: 'flex', gap: 0.75, alignItems: 'center' }}><PowerIcon vm={vm} />{powerWord(vm)}</Box>;
    case 'vcpus': return <>{vm.VCPUs_max}</>;
    case 'given': return <>{bytesText(vm.memory_static_max)}</>;
    default: return <>{vm.name_description}</>;
  }
};
