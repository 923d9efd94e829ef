import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import Paper from '@mui/material/Paper';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { type Found, useRecords, useSession, useTick } from '../../../api';
import { valueNow } from '../../../parts/metrics/glance';
import { quantitiesOf, quantity, type QuantityId } from '../../../parts/metrics/quantities';
import { ObjectLink } from '../../../parts/ObjectLink';
import { unitText } from '../../../ui/chart/units';

const SHOWN_MAX = 6;

/** Which VM eats the host: the greatest first. */
export const TopVms = ({ hosts }: { hosts: readonly Found<'host'>[] }) => {
  const session = useSession();
  useTick();
  const [by, setBy] = useState<QuantityId>('cpu');
  const vms = useRecords('VM', hosts.flatMap(({ record }) => record.resident_VMs)).filter(({ record }) => !record.is_control_domain);
  const ranked = vms.map(({ ref, record }) => ({ ref, name: record.name_label, value: valueNow(session, 'VM', { uuid: record.uuid }, by) })).filter(({ value }) => !Number.isNaN(value)).sort((a, b) => b.value - a.value);
  const most = by === 'cpu' ? 1 : ranked[0]?.value ?? 1;
  return (
    <Paper variant="outlined" component="section" aria-label="Top VMs" sx={{ p: 2, minWidth: 0 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center', mb: 1 }}>
        <Typography component="h3" variant="subtitle2" sx={{ flex: 1 }}>Top VMs</Typography>
        <ToggleButtonGroup exclusive size="small" value={by} aria-label="Top VMs by" onChange={(_event, id: unknown) => { if (typeof id === 'string') setBy(id as QuantityId); }}>
          {quantitiesOf('VM').map(({ id, title }) => <ToggleButton key={id} value={id} sx={{ py: 0, textTransform: 'none' }}>{title}</ToggleButton>)}
        </ToggleButtonGroup>
      </Box>
      {ranked.length === 0 && <Typography variant="body2" sx={{ color: 'text.secondary' }}>{vms.length === 0 ? 'No VM runs here.' : 'No figures of them yet.'}</Typography>}
      <Box component="ol" sx={{ m: 0, p: 0, listStyle: 'none' }}>
        {ranked.slice(0, SHOWN_MAX).map(({ ref, name, value }) => (
          <Box component="li" key={ref} sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) 7em max-content', gap: 1.5, alignItems: 'center', py: 0.25 }}>
            <ObjectLink cls="VM" of={ref} />
            <LinearProgress variant="determinate" aria-label={`${quantity(by).title} of ${name}`} value={Math.min(100, most > 0 ? (value / most) * 100 : 0)} sx={{ height: 6, borderRadius: 3 }} />
            <Typography variant="body2" sx={{ minWidth: '6em', textAlign: 'right', fontVariantNumeric: 'tabular-nums' }}>{unitText(value, quantity(by).unit)}</Typography>
          </Box>
        ))}
      </Box>
      {ranked.length > SHOWN_MAX && <Typography variant="body2" sx={{ color: 'text.secondary', mt: 0.5 }}>{ranked.length - SHOWN_MAX} more under VMs, to be sorted by any column.</Typography>}
    </Paper>
  );
};
