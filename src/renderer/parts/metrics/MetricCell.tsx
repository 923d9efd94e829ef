import Box from '@mui/material/Box';
import { type MetricsClass, useSession } from '../../api';
import { Spark } from '../../ui/chart/Spark';
import { unitText } from '../../ui/chart/units';
import { courseOf, valueNow } from './glance';
import { quantity, type QuantityId } from './quantities';

/** A quantity in a row of a list: its course and its value. */
export const MetricCell = ({ cls, uuid, id, top }: { cls: MetricsClass; uuid: string; id: QuantityId; top: number }) => {
  const session = useSession();
  const value = valueNow(session, cls, uuid, id);
  if (Number.isNaN(value)) return <Box component="span" sx={{ color: 'text.secondary' }} aria-label="unknown">–</Box>;
  return (
    <Box component="span" sx={{ display: 'flex', alignItems: 'center', gap: 1, justifyContent: 'flex-end' }}>
      <Spark values={courseOf(session, cls, uuid, id)} top={top} />
      <Box component="span" sx={{ minWidth: '5.5em', textAlign: 'right', fontVariantNumeric: 'tabular-nums' }}>{unitText(value, quantity(id).unit)}</Box>
    </Box>
  );
};
