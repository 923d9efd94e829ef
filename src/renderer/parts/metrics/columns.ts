import { type MetricsClass, type Session, useSession, useTick } from '../../api';
import type { Column } from '../../ui/DataTable';
import { type Place, topOf, valueNow } from './glance';
import { quantity, type QuantityId } from './quantities';

/* The columns of figures in lists: which VM eats my host? */

const TRACK = '9.5em';
const IDS: readonly QuantityId[] = ['cpu', 'memory', 'disk', 'network'];
const columnOf = (id: QuantityId, title: string): Column => ({ id, title, track: TRACK, align: 'right', sortable: true, descendsFirst: true });
export const METRIC_COLUMNS: readonly Column[] = IDS.map(id => columnOf(id, id === 'memory' ? 'Memory used' : quantity(id).title));
/** Of storage and of disks; of network cards. */
export const THROUGHPUT_COLUMN = columnOf('disk', 'Throughput');
export const TRAFFIC_COLUMN = columnOf('network', 'Traffic');
export const isMetric = (column: string): column is QuantityId => IDS.some(id => id === column);

/** Of a list: how high each column’s pictures are, and what to sort by. Renders again with every answer. */
export const useMetricColumns = (cls: MetricsClass, places: readonly Place[]): { top: (id: QuantityId) => number; value: (place: Place, id: QuantityId) => number; session: Session } => {
  const session = useSession();
  useTick();
  const tops = new Map<QuantityId, number>();
  const top = (id: QuantityId): number => {
    const known = tops.get(id) ?? topOf(session, cls, places, id);
    tops.set(id, known);
    return known;
  };
  return { top, value: (place, id) => valueNow(session, cls, place, id), session };
};
