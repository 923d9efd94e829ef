import type { Ref } from '../../../shared/api';
import { StorageError, type StorageDriver, type StorageRepository } from '../../storage/contract';
import type { Desk } from '../desk';
import { messageOf, translated } from '../failure';
import { alert } from '../message/alert';
import { showSecrets } from '../secret/secrets';
import { driverOf } from '../sr/place';
import { patient, within } from '../sr/patience';

/* Makes repositories reachable. One that does not answer holds nobody up: it stays detached, is shown as such, and is tried again in the background. */

export const ATTACH_LIMIT_MS = 60_000;
/** How long the start of the service waits for all of them together. */
const START_LIMIT_MS = 10_000;

export const attachRepository = async (desk: Desk, driver: StorageDriver, config: Readonly<Record<string, string>>, srUuid: string): Promise<StorageRepository> =>
  patient(await within(ATTACH_LIMIT_MS, driver.name, () => driver.attach(config, desk.log, srUuid), late => late.detach?.()));

/** PBDs that ought to be attached and are not: their storage is gone, for now. */
const lostOf = new WeakMap<Desk, Set<Ref<'PBD'>>>();
export const lost = (desk: Desk): Set<Ref<'PBD'>> => {
  const set = lostOf.get(desk) ?? new Set<Ref<'PBD'>>();
  lostOf.set(desk, set);
  return set;
};

const attachingOf = new WeakMap<Desk, Map<Ref<'PBD'>, Promise<void>>>();
/** Makes the repository reachable and says so. Once, whoever asks: two for one place would not know what the other changes there. */
export const attach = (desk: Desk, pbd: Ref<'PBD'>): Promise<void> => {
  const attaching = attachingOf.get(desk) ?? new Map<Ref<'PBD'>, Promise<void>>();
  attachingOf.set(desk, attaching);
  const work = attaching.get(pbd) ?? attachOnce(desk, pbd).finally(() => { attaching.delete(pbd); });
  attaching.set(pbd, work);
  return work;
};
const attachOnce = async (desk: Desk, pbd: Ref<'PBD'>): Promise<void> => {
  const { SR: sr, device_config } = desk.store.get('PBD', pbd);
  const { uuid, type } = desk.store.get('SR', sr);
  const driver = driverOf(desk, type);
  const repository = await translated({ sr }, () => attachRepository(desk, driver, showSecrets(desk, driver, device_config), uuid));
  if (!desk.store.find('PBD', pbd)) { await repository.detach?.(); return; } // somebody forgot it meanwhile
  desk.repositories.set(uuid, repository);
  lost(desk).delete(pbd);
  desk.store.transaction(tx => { tx.set('PBD', pbd, { currently_attached: true }); tx.touch('PBD', pbd); });
};

/** The repository does not answer any more: nobody asks it until it does. What VMs have open of it stays open. */
export const lose = (desk: Desk, pbd: Ref<'PBD'>, why: string): void => {
  const { uuid, name_label } = desk.store.get('SR', desk.store.get('PBD', pbd).SR);
  desk.log.error('SR is lost', { sr: uuid, why });
  desk.repositories.delete(uuid);
  lost(desk).add(pbd);
  desk.store.transaction(tx => { tx.set('PBD', pbd, { currently_attached: false }); tx.touch('PBD', pbd); });
  alert(desk, { name: 'SR_UNREACHABLE', priority: 2, cls: 'SR', uuid, body: `${name_label}: ${why}` });
};

/** A place that says itself that it is not there (an unmounted disk) need not be asked twice. False: it is only silent, or somebody detached it meanwhile. */
export const loseIfGone = (desk: Desk, sr: Ref<'SR'>, repository: StorageRepository, error: unknown): boolean => {
  if (!(error instanceof StorageError && error.kind === 'not-attached')) return false;
  const record = desk.store.find('SR', sr), pbd = record?.PBDs.find(one => desk.store.get('PBD', one).currently_attached);
  if (!record || pbd === undefined || desk.repositories.get(record.uuid) !== repository) return false;
  lose(desk, pbd, error.message);
  return true;
};

/**
 * When the service starts: all at once. What cannot be attached is said and left detached; the others still work.
 * @param late what is to be done with one that comes after the start
 */
export const attachAll = async (desk: Desk, late: (sr: Ref<'SR'>) => Promise<void>): Promise<void> => {
  let started = false;
  const all = [...desk.store.all('PBD').keys()].map(async pbd => {
    const { SR: sr } = desk.store.get('PBD', pbd), { uuid } = desk.store.get('SR', sr);
    try {
      await attach(desk, pbd);
      if (started && desk.repositories.has(uuid)) await late(sr);
    } catch (error) {
      if (desk.stopping.aborted || !desk.store.find('PBD', pbd)) return;
      desk.log.error('SR not attached', { sr: uuid, why: messageOf(error) });
      lost(desk).add(pbd);
      alert(desk, { name: 'PBD_PLUG_FAILED_ON_SERVER_START', priority: 2, cls: 'SR', uuid, body: messageOf(error) });
    }
  });
  // Until it is attached it is not, whatever the record says of the last life.
  desk.store.transaction(tx => { for (const [pbd, { currently_attached }] of tx.all('PBD')) if (currently_attached) tx.set('PBD', pbd, { currently_attached: false }); });
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([Promise.all(all), new Promise<void>(resolve => { timer = setTimeout(resolve, START_LIMIT_MS); })]);
  clearTimeout(timer);
  started = true;
};
