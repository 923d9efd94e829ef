/* What happened to an object, for its charts: what the host tells of it, and the snapshots that it has. */
import type { Session } from '../../api';
import { readDate } from '../../api';
import type { ChartEvent } from '../../ui/chart/TimeChart';
import { titleOf, weightOf } from '../messages/messages';

const EVENTS_MAX = 200;

export const eventsOf = ({ records }: Session, uuid: string, snapshots: readonly string[], fromS: number, toS: number): ChartEvent[] => {
  const inside = (timeMs: number | undefined): timeMs is number => timeMs !== undefined && timeMs / 1000 >= fromS && timeMs / 1000 <= toS;
  const told = [...records.all('message').values()].flatMap((message): ChartEvent[] => {
    const at = message.obj_uuid === uuid ? readDate(message.timestamp) : undefined;
    return inside(at) ? [{ timeS: at / 1000, text: titleOf(message), bad: weightOf(message) !== 'info' }] : [];
  });
  const taken = snapshots.flatMap((ref): ChartEvent[] => {
    const snapshot = records.get('VM', ref);
    const at = snapshot && readDate(snapshot.snapshot_time);
    return snapshot && inside(at) ? [{ timeS: at / 1000, text: `Snapshot “${snapshot.name_label}”`, bad: false }] : [];
  });
  return [...told, ...taken].sort((a, b) => a.timeS - b.timeS).slice(-EVENTS_MAX);
};
