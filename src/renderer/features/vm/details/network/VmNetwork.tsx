import Add from '@mui/icons-material/Add';
import Lan from '@mui/icons-material/LanOutlined';
import Box from '@mui/material/Box';
import { useState } from 'react';
import type { Ref, VMRecord } from '../../../../../shared/api';
import { useRecord, useRecords, useSession, useSessionView } from '../../../../api';
import { whyNotMay } from '../../../../parts/session/may';
import { useScreen } from '../../../../parts/actions/stage';
import { isMetric, TRAFFIC_COLUMN, useMetricColumns } from '../../../../parts/metrics/columns';
import { MetricCell } from '../../../../parts/metrics/MetricCell';
import type { QuantityId } from '../../../../parts/metrics/quantities';
import { ObjectLink } from '../../../../parts/ObjectLink';
import { ActionMenu } from '../../../../ui/ActionMenu';
import { CopyButton } from '../../../../ui/CopyButton';
import { type Column, DataTable } from '../../../../ui/DataTable';
import { EmptyState } from '../../../../ui/EmptyState';
import { MenuButton } from '../../../../ui/MenuButton';
import { sorted, useSort } from '../../../../ui/sorting';
import { WhyButton } from '../../../../ui/WhyButton';
import type { VmTarget } from '../../actions/vm-action';
import { addressesOfDevice } from '../vm-words';
import { showNic } from './NicDialog';
import { nicEntries } from './nic-entries';
import { limitText } from './nics';

const COLUMNS: readonly Column[] = [
  { id: 'menu', title: '', track: '2.5em' },
  { id: 'device', title: 'Card', track: '4em', sortable: true },
  { id: 'mac', title: 'MAC address', track: '13em' },
  { id: 'network', title: 'Network', track: 'minmax(9em, 1fr)', sortable: true },
  TRAFFIC_COLUMN,
  { id: 'addresses', title: 'Addresses', track: 'minmax(10em, 1fr)' },
  { id: 'link', title: 'Link', track: '9em' },
  { id: 'rate', title: 'Limit', track: 'minmax(7em, 0.7fr)' },
  { id: 'locking', title: 'Locking', track: 'minmax(9em, 1fr)' },
  { id: 'mtu', title: 'MTU', track: '4em', align: 'right' },
];

/** The network cards of a VM. */
export const VmNetwork = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => {
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const [menu, setMenu] = useState<{ row: string; at: { x: number; y: number } } | undefined>(undefined);
  const cards = useRecords('VIF', vm.VIFs);
  const { top, value } = useMetricColumns('VM', cards.map(({ record: { device } }) => ({ uuid: vm.uuid, device })));
  const { sort, onSort } = useSort({ column: 'device', descending: false });
  const target: VmTarget = { session, ref, record: vm, target: { session, cls: 'VM', ref } };
  const add = <WhyButton label="Add network card…" icon={Add} variant="contained" why={whyNotMay(session, 'VIF.create')} onClick={() => { showNic(screen, { vm: target }); }} />;
  if (cards.length === 0) return <EmptyState icon={Lan} title="No network card" detail="This VM is not connected to any network.">{add}</EmptyState>;
  const rows = sorted(cards.map(found => found.ref), sort, (row, column) => {
    const vif = session.records.get('VIF', row);
    if (!vif) return '';
    return isMetric(column) ? value({ uuid: vm.uuid, device: vif.device }, column) : column === 'network' ? session.records.get('network', vif.network)?.name_label ?? '' : Number(vif.device);
  });
  const labelOf = (row: string): string => `Actions for network card ${session.records.get('VIF', row)?.device ?? ''}`;
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 1.5, height: '100%', minHeight: '16em' }}>
      <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap' }}>{add}</Box>
      <Box sx={{ flex: 1, minHeight: 0 }}>
        <DataTable label="Network cards" columns={COLUMNS} rows={rows} sort={sort} onSort={onSort} onMenu={(row, at) => { setMenu({ row, at }); }}
          renderCell={(row, column) => (column === 'menu' ? <MenuButton label={labelOf(row)} groups={() => nicEntries(target, row as Ref<'VIF'>, screen)} /> : <CardCell of={row} column={column} vm={vm} top={top} />)} />
      </Box>
      {menu && <ActionMenu label={labelOf(menu.row)} at={menu.at} groups={nicEntries(target, menu.row as Ref<'VIF'>, screen)} onClose={() => { setMenu(undefined); }} />}
    </Box>
  );
};

const LOCKING_SHORT = { network_default: 'as the network', unlocked: 'unlocked', locked: 'locked', disabled: 'disabled' };

const CardCell = ({ of: ref, column, vm, top }: { of: string; column: string; vm: VMRecord; top: (id: QuantityId) => number }) => {
  const vif = useRecord('VIF', ref);
  const guest = useRecord('VM_guest_metrics', vm.guest_metrics);
  if (!vif) return null;
  if (isMetric(column)) return <MetricCell cls="VM" uuid={vm.uuid} device={vif.device} id={column} top={top(column)} />;
  switch (column) {
    case 'device': return <>{vif.device}</>;
    case 'mac': return <><code>{vif.MAC}</code><CopyButton text={vif.MAC} what="MAC address" /></>;
    case 'network': return <ObjectLink cls="network" of={vif.network} />;
    case 'addresses': { const addresses = addressesOfDevice(guest, vif.device).join(', '); return <span title={addresses}>{addresses || '–'}</span>; }
    case 'rate': return <span title={limitText(vif)}>{limitText(vif)}</span>;
    case 'locking': return <span title={[...vif.ipv4_allowed, ...vif.ipv6_allowed].join(', ')}>{LOCKING_SHORT[vif.locking_mode]}{vif.locking_mode === 'locked' ? `, ${vif.ipv4_allowed.length + vif.ipv6_allowed.length} allowed` : ''}</span>;
    case 'mtu': return <>{vif.MTU}</>;
    default: return <>{vif.currently_attached ? (vif.locking_mode === 'disabled' ? 'plugged in, shut off' : 'plugged in') : 'not plugged in'}</>;
  }
};
