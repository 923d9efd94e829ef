import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { type Found, useRecords, useSession, useTick, useValue } from '../../../api';
import { courseOf, topOf, valueNow } from '../../../parts/metrics/glance';
import { quantitiesOf, type QuantityId } from '../../../parts/metrics/quantities';
import { Spark } from '../../../ui/chart/Spark';
import { unitText } from '../../../ui/chart/units';

const WIDTH_PX = 220;
const HEIGHT_PX = 34;

/** What the hosts do now, together, and in the last ten minutes. */
export const Load = ({ hosts }: { hosts: readonly Found<'host'>[] }) => {
  const session = useSession();
  useTick();
  const feed = useValue(session.feed.state);
  const totals = useRecords('host_metrics', hosts.map(({ record }) => record.metrics));
  const total = totals.reduce((sum, { record }) => sum + record.memory_total, 0);
  const places = hosts.map(({ record: { uuid } }) => ({ uuid }));
  const rows = quantitiesOf('host').map(({ id, title, unit }) => {
    const value = together(id, places.map(place => valueNow(session, 'host', place, id)));
    return { id, title, text: unitText(value, unit), value, course: courses(id, places.map(place => courseOf(session, 'host', place, id))), top: id === 'memory' && total > 0 ? total : Math.max(topOf(session, 'host', places, id), value) };
  }).filter(row => !Number.isNaN(row.value));
  return (
    <Paper variant="outlined" component="section" aria-label="Load" sx={{ p: 2, minWidth: 0 }}>
      <Typography component="h3" variant="subtitle2" sx={{ mb: 1 }}>Load{hosts.length > 1 ? ` of ${hosts.length} hosts` : ''}</Typography>
      {rows.length === 0 && <Typography variant="body2" sx={{ color: 'text.secondary' }}>{feed.at === 'failed' ? 'The host gives no figures now.' : 'Waiting for the first figures…'}</Typography>}
      <Box component="dl" sx={{ m: 0, display: 'grid', gridTemplateColumns: 'max-content minmax(0, 1fr) max-content', columnGap: 2, rowGap: 1, alignItems: 'center' }}>
        {rows.map(({ id, title, text, course, top }) => (
          <Box key={id} sx={{ display: 'contents' }}>
            <Typography component="dt" variant="body2" sx={{ color: 'text.secondary' }}>{title}</Typography>
            <Box component="dd" aria-hidden sx={{ m: 0, overflow: 'hidden' }}><Spark values={course} top={top} widthPx={WIDTH_PX} heightPx={HEIGHT_PX} /></Box>
            <Typography component="dd" variant="body2" sx={{ m: 0, fontVariantNumeric: 'tabular-nums', textAlign: 'right' }}>{text}</Typography>
          </Box>
        ))}
      </Box>
    </Paper>
  );
};

/** Of several hosts: the mean of what is a share, the sum of all else. */
const together = (id: QuantityId, values: readonly number[]): number => {
  const known = values.filter(value => !Number.isNaN(value));
  const sum = known.reduce((a, b) => a + b, 0);
  return known.length === 0 ? Number.NaN : id === 'cpu' ? sum / known.length : sum;
};
const courses = (id: QuantityId, each: readonly Float32Array[]): Float32Array => {
  const longest = each.reduce((most, course) => Math.max(most, course.length), 0);
  return Float32Array.from({ length: longest }, (_, i) => together(id, each.map(course => course[i - longest + course.length] ?? Number.NaN)));
};
