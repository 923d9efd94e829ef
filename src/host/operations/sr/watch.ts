import type { Ref } from '../../../shared/api';
import type { Disposable } from '../../../shared/lib/emitter';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { alert } from '../message/alert';
import { attach, lose, loseIfGone, lost } from '../pbd/attach';
import { scanSr } from './scan';
import { recordSpace } from './space';

/* Looks after the repositories, one pass at a time: how full each is, how much the disks of running VMs take now, whether each still answers,
 * and whether one that was lost is there again. */

export const WATCH_EVERY_MS = 30_000;
/** So often in a row it may fail to answer before it counts as lost. */
const FAILURES_MAX = 2;

export interface StorageWatch extends Disposable { /** One pass, now. */ pass(): Promise<void> }

/** @param again what is to be done with a repository that is there again */
export const watchStorage = (desk: Desk, again: (sr: Ref<'SR'>) => Promise<void>): StorageWatch => {
  const failures = new Map<Ref<'PBD'>, number>();
  let passing: Promise<void> | undefined;
  const pass = (): Promise<void> => passing ??= (async () => {
    await Promise.all([...desk.store.all('PBD').keys()].map(async pbd => {
      if (desk.stopping.aborted) return;
      if (lost(desk).has(pbd)) await find(desk, pbd, again); else await look(desk, pbd, failures);
    }));
  })().catch((error: unknown) => { desk.log.error('storage not watched', { why: messageOf(error) }); }).finally(() => { passing = undefined; });
  const timer = setInterval(() => { void pass(); }, WATCH_EVERY_MS);
  timer.unref();
  return { pass, dispose: () => { clearInterval(timer); } };
};

const look = async (desk: Desk, pbd: Ref<'PBD'>, failures: Map<Ref<'PBD'>, number>): Promise<void> => {
  const sr = desk.store.get('PBD', pbd).SR, { uuid } = desk.store.get('SR', sr), repository = desk.repositories.get(uuid);
  if (!repository) return;
  try {
    await refreshOpenDisks(desk, sr);
    await recordSpace(desk, sr);
    failures.delete(pbd);
  } catch (error) {
    if (!desk.store.find('PBD', pbd) || desk.repositories.get(uuid) !== repository) return; // detached meanwhile
    if (loseIfGone(desk, sr, repository, error)) { failures.delete(pbd); return; }
    const count = (failures.get(pbd) ?? 0) + 1;
    failures.set(pbd, count);
    desk.log.warn('SR does not answer', { sr: uuid, why: messageOf(error), count });
    if (count < FAILURES_MAX) return;
    failures.delete(pbd);
    lose(desk, pbd, messageOf(error));
  }
};

/** A disk that is written grows in the repository, and nobody tells. */
const refreshOpenDisks = async (desk: Desk, sr: Ref<'SR'>): Promise<void> => {
  const { uuid, VDIs } = desk.store.get('SR', sr), repository = desk.repositories.get(uuid);
  for (const ref of VDIs) {
    const vdi = desk.store.find('VDI', ref);
    if (!vdi || !repository || vdi.missing || !vdi.VBDs.some(vbd => desk.store.find('VBD', vbd)?.currently_attached)) continue;
    const stored = await repository.stat(vdi.uuid).catch((error: unknown) => { desk.log.warn('disk not read', { vdi: vdi.uuid, why: messageOf(error) }); });
    if (!stored || desk.store.find('VDI', ref)?.physical_utilisation === stored.physicalBytes) continue;
    desk.store.transaction(tx => { if (tx.find('VDI', ref)) tx.set('VDI', ref, { physical_utilisation: stored.physicalBytes }); });
  }
};

const find = async (desk: Desk, pbd: Ref<'PBD'>, again: (sr: Ref<'SR'>) => Promise<void>): Promise<void> => {
  const { SR: sr } = desk.store.get('PBD', pbd);
  try { await attach(desk, pbd); } catch (error) { desk.log.info('SR is still lost', { sr: desk.store.find('SR', sr)?.uuid, why: messageOf(error) }); return; }
  const record = desk.store.find('SR', sr);
  if (!record) return;
  desk.log.info('SR is there again', { sr: record.uuid });
  alert(desk, { name: 'SR_REACHABLE_AGAIN', priority: 4, cls: 'SR', uuid: record.uuid, body: record.name_label });
  await again(sr);
  await scanSr(desk, sr);
};
