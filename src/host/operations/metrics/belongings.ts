import type { Disposable } from '../../../shared/lib/emitter';
import type { Desk } from '../desk';
import { messageOf } from '../failure';

/* What was measured goes with whom it was measured of, and not before: when the record is gone for good. What a crash leaves, the next start finds. */

export const followOwners = (desk: Desk): Disposable => {
  let seen = desk.store.generation, due: NodeJS.Immediate | undefined;
  const settle = (): void => {
    due = undefined;
    try { dropOrphans(desk); } catch (error) { desk.log.error('the metrics of owners that are gone stay', { why: messageOf(error) }); }
  };
  const commits = desk.store.onCommit(generation => {
    const changes = desk.store.changesSince(seen, cls => cls === 'VM' || cls === 'SR');
    seen = generation;
    if (changes?.events.some(({ operation }) => operation === 'del') !== false) due ??= setImmediate(settle);
  });
  settle();
  return { dispose: () => { commits.dispose(); clearImmediate(due); } };
};

const dropOrphans = (desk: Desk): void => {
  const uuids = { vm: uuidsOf(desk, 'VM'), sr: uuidsOf(desk, 'SR'), host: uuidsOf(desk, 'host') };
  desk.metrics.keepOnly(({ kind, uuid }) => uuids[kind].has(uuid));
};

const uuidsOf = (desk: Desk, cls: 'VM' | 'SR' | 'host'): ReadonlySet<string> => new Set([...desk.store.all(cls).values()].map(({ uuid }) => uuid));
