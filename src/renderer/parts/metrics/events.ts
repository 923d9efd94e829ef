/* What happened to an object, for its charts: what the host tells of it; and where it tells nothing, the snapshots that it has, when it was started, and what this console saw itself. */
import { readDate, type SeenChange, type Session } from '../../api';
import type { ChartEvent } from '../../ui/chart/TimeChart';
import { bodyOf, titleOf, weightOf } from '../messages/messages';
import { readAlarm } from '../alerts/alarm';
import type { Subject } from './subject';

const EVENTS_MAX = 200;
/** So far apart may be what tells of the same: a message is written when all is done, and clocks differ. */
const SAME_MS = 60_000;

interface Happened { timeMs: number; text: string; bad: boolean; /** The messages that tell of the same. */ told: readonly string[] }
const SEEN: Readonly<Record<SeenChange['what'], readonly [text: string, ...told: string[]]>> = {
  started: ['Started', 'VM_STARTED', 'VM_REBOOTED'], ended: ['Ended', 'VM_SHUTDOWN', 'VM_CRASHED', 'VM_UNEXPECTEDLY_SHUT_DOWN', 'VM_SNAPSHOT_REVERTED', 'VM_REBOOTED'], suspended: ['Suspended', 'VM_SUSPENDED', 'VM_SNAPSHOT_REVERTED'], resumed: ['Resumed', 'VM_RESUMED'],
  paused: ['Paused', 'VM_PAUSED', 'VM_PAUSED_NO_SPACE', 'VM_PAUSED_DISK_FAULT'], unpaused: ['Unpaused', 'VM_UNPAUSED'], moved: ['Moved to another host', 'VM_MIGRATED'],
};
const SNAPSHOT_TOLD = ['VM_SNAPSHOTTED', 'VM_CHECKPOINTED'];

export const eventsOf = (session: Session, subject: Subject, fromS: number, toS: number): ChartEvent[] => {
  const { records } = session;
  const messages = [...records.all('message').values()].flatMap(message => { const timeMs = message.obj_uuid === subject.uuid ? readDate(message.timestamp) : undefined; return timeMs === undefined ? [] : [{ message, timeMs }]; });
  const isTold = ({ timeMs, told }: Happened): boolean => messages.some(other => told.includes(other.message.name) && Math.abs(other.timeMs - timeMs) < SAME_MS);
  const seen = session.seen.of(subject.uuid).map(({ what, timeMs }): Happened => { const [text, ...told] = SEEN[what]; return { timeMs, text, bad: false, told }; });
  const known = [...snapshotsOf(session, subject), ...startOf(session, subject).filter(start => !seen.some(other => other.text === start.text && Math.abs(other.timeMs - start.timeMs) < SAME_MS)), ...seen];
  return [...messages.map(({ message, timeMs }) => ({ timeMs, text: wordsOf(message), bad: weightOf(message) !== 'info' })), ...known.filter(happened => !isTold(happened))]
    .map(({ timeMs, text, bad }) => ({ timeS: timeMs / 1000, text, bad })).filter(({ timeS }) => timeS >= fromS && timeS <= toS)
    .sort((a, b) => a.timeS - b.timeS).slice(-EVENTS_MAX);
};

/** What was crossed, and which snapshot: there is room for it in a list. */
const wordsOf = (message: Parameters<typeof titleOf>[0] & { body: string }): string => {
  const alarm = readAlarm(message.body), snapshot = SNAPSHOT_TOLD.includes(message.name) ? /snapshot name: (.+)$/.exec(message.body)?.[1] : undefined;
  return alarm ? `${titleOf(message)}: ${bodyOf(message)}` : snapshot === undefined ? titleOf(message) : `${titleOf(message)}: “${snapshot}”`;
};

const snapshotsOf = ({ records }: Session, { snapshots = [] }: Subject): Happened[] => snapshots.flatMap(ref => {
  const snapshot = records.get('VM', ref), timeMs = snapshot && readDate(snapshot.snapshot_time);
  return timeMs === undefined ? [] : [{ timeMs, text: `Snapshot “${snapshot?.name_label ?? ''}”`, bad: false, told: SNAPSHOT_TOLD }];
});

/** Every host keeps when a VM was last started. */
const startOf = ({ records }: Session, { cls, ref }: Subject): Happened[] => {
  const vm = cls === 'VM' ? records.get('VM', ref) : undefined, timeMs = vm && readDate(records.get('VM_metrics', vm.metrics)?.start_time ?? '');
  return timeMs === undefined ? [] : [{ timeMs, text: SEEN.started[0], bad: false, told: ['VM_STARTED', 'VM_REBOOTED', 'VM_RESUMED', 'VM_MIGRATED'] }];
};
