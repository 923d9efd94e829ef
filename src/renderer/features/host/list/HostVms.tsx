import Computer from '@mui/icons-material/ComputerOutlined';
import Box from '@mui/material/Box';
import { useList, useRecord, useSession } from '../../../api';
import { useScreen } from '../../../parts/actions/stage';
import { VMS } from '../../../parts/lists';
import { ObjectLink } from '../../../parts/ObjectLink';
import { PowerIcon, powerWord } from '../../../parts/vm/power';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { bytesText } from '../../../ui/text';

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Name', track: 'minmax(12em, 2fr)' },
  { id: 'state', title: 'State', track: '9em' },
  { id: 'vcpus', title: 'Virtual CPUs', track: '7em', align: 'right' },
  { id: 'memory', title: 'Memory', track: '7em', align: 'right' },
  { id: 'description', title: 'Description', track: 'minmax(12em, 3fr)' },
];

/** All VMs of a host, one a line. */
export const HostVms = () => {
  const session = useSession();
  const vms = useList(VMS);
  const { select, openMenu } = useScreen();
  const target = (ref: string) => ({ session, cls: 'VM' as const, ref });
  if (vms.length === 0) return <EmptyState icon={Computer} title="No VM yet" detail="New VM makes one from a template of this host." />;
  return <DataTable label="Virtual machines" columns={COLUMNS} rows={vms} onOpen={row => { select(target(row)); }} onMenu={(row, at) => { openMenu([target(row)], at); }}
    renderCell={(row, column) => <VmCell of={row} column={column} />} />;
};

const VmCell = ({ of: ref, column }: { of: string; column: string }) => {
  const vm = useRecord('VM', ref);
  if (!vm) return null;
  switch (column) {
    case 'name': return <ObjectLink cls="VM" of={ref} />;
    case 'state': return <Box component="span" sx={{ display: 'flex', gap: 0.75, alignItems: 'center' }}><PowerIcon vm={vm} />{powerWord(vm)}</Box>;
    case 'vcpus': return <>{vm.VCPUs_max}</>;
    case 'memory': return <>{bytesText(vm.memory_static_max)}</>;
    default: return <>{vm.name_description}</>;
  }
};
