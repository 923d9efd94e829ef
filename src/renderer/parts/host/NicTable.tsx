import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import { isNull, type PIFRecord } from '../../../shared/api';
import { useRecord, useRecords, useSession } from '../../api';
import { type Column, DataTable } from '../../ui/DataTable';
import { sorted, useSort } from '../../ui/sorting';
import { isMetric, TRAFFIC_COLUMN, useMetricColumns } from '../metrics/columns';
import type { Place } from '../metrics/glance';
import { MetricCell } from '../metrics/MetricCell';
import type { QuantityId } from '../metrics/quantities';
import { ObjectLink } from '../ObjectLink';
import type { ReactNode } from 'react';

const COLUMNS: readonly Column[] = [
  { id: 'device', title: 'Card', track: 'minmax(10em, 1fr)', sortable: true },
  TRAFFIC_COLUMN,
  { id: 'link', title: 'Link', track: '6em' },
  { id: 'mac', title: 'MAC address', track: '10.5em' },
  { id: 'address', title: 'Address', track: 'minmax(9em, 1fr)' },
  { id: 'joins', title: 'Network', track: 'minmax(8em, 1fr)' },
  { id: 'hardware', title: 'Hardware', track: 'minmax(6em, 1fr)' },
];
const MENU: Column = { id: 'menu', title: '', track: '2.5em' };

/** Network cards of hosts, with VLANs and bonds. `menuOf`: what can be done with one. */
export const NicTable = ({ refs, menuOf }: { refs: readonly string[]; menuOf?: (pif: string) => ReactNode }) => {
  const { records } = useSession();
  const pifs = useRecords('PIF', refs);
  const hosts = useRecords('host', pifs.map(({ record }) => record.host));
  const placeOf = (pif: PIFRecord): Place => placeAt(pif, hosts.find(({ ref }) => ref === pif.host)?.record.uuid);
  const { top, value } = useMetricColumns('host', pifs.map(({ record }) => placeOf(record)));
  const { sort, onSort } = useSort();
  const rows = sorted(refs, sort, (ref, column) => { const pif = records.get('PIF', ref); return pif ? (isMetric(column) ? value(placeOf(pif), column) : nicName(pif)) : ''; });
  return <DataTable label="Network cards" columns={menuOf ? [...COLUMNS, MENU] : COLUMNS} rows={rows} sort={sort} onSort={onSort} renderCell={(row, column) => (column === 'menu' ? menuOf?.(row) : <NicCell of={row} column={column} top={top} />)} />;
};

/** A VLAN is not counted by itself. */
const placeAt = ({ VLAN, device }: PIFRecord, uuid: string | undefined): Place => ({ uuid: VLAN >= 0 ? '' : uuid ?? '', device });

const NicCell = ({ of: ref, column, top }: { of: string; column: string; top: (id: QuantityId) => number }) => {
  const pif = useRecord('PIF', ref);
  const host = useRecord('host', pif?.host ?? '');
  const metrics = useRecord('PIF_metrics', pif?.metrics ?? '');
  if (!pif) return null;
  if (isMetric(column)) return <MetricCell cls="host" {...placeAt(pif, host?.uuid)} id={column} top={top(column)} />;
  switch (column) {
    case 'device': return <Box component="span" sx={{ display: 'flex', alignItems: 'center', gap: 1 }}>{nicName(pif)}{pif.management && <Chip size="small" color="primary" variant="outlined" label="management" />}</Box>;
    case 'link': return <>{!pif.currently_attached && !pif.physical ? 'off' : metrics ? (metrics.carrier ? speedText(metrics.speed) : 'no link') : 'unknown'}</>;
    case 'mac': return <code>{pif.MAC}</code>;
    case 'address': return <>{addressText(pif)}</>;
    case 'joins': return isNull(pif.network) ? <>none</> : <ObjectLink cls="network" of={pif.network} />;
    default: return <>{[metrics?.vendor_name, metrics?.device_name].filter(Boolean).join(' ')}</>;
  }
};

export const nicName = (pif: Pick<PIFRecord, 'device' | 'VLAN' | 'bond_master_of' | 'bond_slave_of'>): string => {
  if (pif.VLAN >= 0) return `${pif.device}, VLAN ${pif.VLAN}`;
  if (pif.bond_master_of.length > 0) return `${pif.device}, bond`;
  return isNull(pif.bond_slave_of) ? pif.device : `${pif.device}, in a bond`;
};
const speedText = (megabits: number): string => (megabits <= 0 ? 'connected' : megabits >= 1_000 ? `${megabits / 1_000} Gbit/s` : `${megabits} Mbit/s`);
const MODES: Readonly<Record<string, string>> = { DHCP: ' (DHCP)', Static: '' };
const addressText = ({ IP, IPv6, ip_configuration_mode: mode }: PIFRecord): string =>
  [IP === '' ? '' : `${IP}${MODES[mode] ?? ''}`, ...IPv6.map(address => address.replace(/\/\d+$/, ''))].filter(Boolean).join(', ') || 'none';
