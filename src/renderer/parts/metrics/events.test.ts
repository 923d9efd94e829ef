import { afterEach, beforeEach, expect, it } from 'vitest';
import { put, refOf } from '../../../../tests/renderer/demo-records';
import { type DemoScreen, demoScreen } from '../../../../tests/renderer/demo-screen';
import { must } from '../../../shared/lib/assert';
import { eventsOf } from './events';

const REF = refOf('VM', 'mail'), NOW_S = Math.floor(Date.now() / 1000);
let demo: DemoScreen;
beforeEach(async () => { demo = await demoScreen(); });
afterEach(() => { demo.dispose(); });
const date = (timeS: number): string => new Date(timeS * 1000).toISOString().replace(/-|\.\d+/g, '');
const vm = () => must(demo.session.records.get('VM', REF), 'vm');
const tell = (name: string, timeS: number, fields: object = {}): void => {
  demo.bridge.host.change('message', put(demo.bridge.host.world, 'message', `${name} ${timeS}`, { name, priority: 5, cls: 'VM', obj_uuid: vm().uuid, timestamp: date(timeS), body: '', ...fields }), {});
};
const words = (): string[] => eventsOf(demo.session, { cls: 'VM', ref: REF, uuid: vm().uuid, name: 'mail', snapshots: vm().snapshots }, NOW_S - 3_600, NOW_S + 3_600).map(({ text, bad }) => `${bad ? '!' : ''}${text}`);

it('start, stop, snapshot, alert and move are drawn as a host tells them', () => {
  const ALARM = 'value: 0.95\nconfig:\n<variable>\n<name value="cpu_usage"/>\n<alarm_trigger_level value="0.9"/>\n</variable>';
  tell('VM_STARTED', NOW_S - 900);
  tell('VM_SNAPSHOTTED', NOW_S - 800, { body: 'VM \'mail\' (uuid: u) snapshotted, snapshot name: clean' });
  tell('ALARM', NOW_S - 700, { priority: 3, body: ALARM });
  tell('VM_MIGRATED', NOW_S - 600);
  tell('VM_SHUTDOWN', NOW_S - 500, { priority: 1 }); // an old XenServer's
  tell('VM_STARTED', NOW_S - 90_000); // not in this time
  expect(words()).toEqual(['Started', 'A snapshot was taken: “clean”', '!Alarm: CPU was 95 %; the limit is above 90 % for 1 min.', 'Moved to another host', 'Shut down']);
});

it('of a host that tells nothing: what was seen, its snapshots, and when it was last started; nothing twice', () => {
  const { host } = demo.bridge;
  const metrics = put(host.world, 'VM_metrics', 'mail metrics', { start_time: date(NOW_S - 1_000) });
  const snapshot = put(host.world, 'VM', 'mail clean', { name_label: 'clean', is_a_snapshot: true, snapshot_time: date(NOW_S - 800) });
  host.change('VM_metrics', metrics, {});
  host.change('VM', snapshot, {});
  host.change('VM', REF, { power_state: 'Running', metrics, snapshots: [snapshot] });
  host.change('VM', REF, { resident_on: refOf('host', 'another') });
  host.change('VM', REF, { power_state: 'Suspended' });
  host.change('VM', REF, { power_state: 'Running' });
  host.change('VM', REF, { power_state: 'Halted' });
  expect(words()).toEqual(['Started', 'Snapshot “clean”', 'Started', 'Moved to another host', 'Suspended', 'Resumed', 'Ended']);
  // A host that does tell: then its words alone.
  tell('VM_SNAPSHOTTED', NOW_S - 790, { body: 'snapshotted, snapshot name: clean' });
  for (const name of ['VM_STARTED', 'VM_MIGRATED', 'VM_SUSPENDED', 'VM_RESUMED', 'VM_SHUTDOWN']) tell(name, NOW_S);
  expect(words()).toEqual(['Started', 'A snapshot was taken: “clean”', 'Started', 'Moved to another host', 'Suspended', 'Resumed', 'Shut down']);
});

it('what changed while nobody told it has no time of its own', () => {
  const { id, records } = demo.session;
  const record = { ...vm(), power_state: 'Running' as const };
  demo.session.take({ reset: true, changed: [{ cls: 'VM', ref: REF, record }], gone: [] });
  expect([id !== '', records.get('VM', REF)?.power_state, words()]).toEqual([true, 'Running', []]);
});
