import Box from '@mui/material/Box';
import { type MetricsClass, useSession } from '../../api';
import { Spark } from '../../ui/chart/Spark';
import { unitText } from '../../ui/chart/units';
import { courseOf, type Place, valueNow } from './glance';
import { quantity, type QuantityId } from './quantities';

/** A quantity in a row of a list: its course and its value. */
export const MetricCell = ({ cls, id, top, ...place }: Place & { cls: MetricsClass; id: QuantityId; top: number }) => {
  const session = useSession();
  const value = valueNow(session, cls, place, id);
  if (Number.isNaN(value)) return <Box component="span" sx={{ color: 'text.secondary' }} aria-label="unknown">–</Box>;
  return (
    <Box component="span" sx={{ display: 'flex', alignItems: 'center', gap: 1, justifyContent: 'flex-end' }}>
      <Spark values={courseOf(session, cls, place, id)} top={top} />
      <Box component="span" sx={{ minWidth: '5.5em', textAlign: 'right', fontVariantNumeric: 'tabular-nums' }}>{unitText(value, quantity(id).unit)}</Box>
    </Box>
  );
};
