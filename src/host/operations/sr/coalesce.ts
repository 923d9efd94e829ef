import type { Ref } from '../../../shared/api';
import type { Disposable } from '../../../shared/lib/emitter';
import type { Surplus } from '../../storage/contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { storedFields } from '../vdi/make';
import { refreshSpace } from './space';

/* Chains of images get shorter in the background: after a disk was deleted or a machine ended, and at start. One merge at a time, and every operation goes first:
 * a running machine merges its own disk, and operations on that VM stop it; elsewhere images are merged where they lie, and any operation stops that. */

export interface Coalescer extends Disposable {
  /** Resolves when all is merged that can be now. */
  settled(): Promise<void>;
}

interface Merge { vm: Ref<'VM'> | undefined; stop: AbortController; ended: Promise<void> }

export const startCoalescer = (desk: Desk): Coalescer => {
  let round: Promise<void> | undefined, wanted = false, under: Merge | undefined;
  const over = new AbortController(), waiting: (() => void)[] = [];

  /** False: an operation is in the way. */
  const mergeOne = async (sr: Ref<'SR'>, surplus: Surplus): Promise<boolean> => {
    const user = userOf(desk, sr, surplus.child);
    if (user ? desk.lock.current(user.vm).length > 0 : !desk.traffic.isQuiet) return false;
    const stop = new AbortController();
    const work = merge(desk, sr, surplus, user, AbortSignal.any([stop.signal, over.signal, desk.stopping]));
    under = { vm: user?.vm, stop, ended: work.then(() => {}, () => {}) };
    try { await work; return true; } catch (error) {
      if (stop.signal.aborted) return false;
      if (!over.signal.aborted && !desk.stopping.aborted) desk.log.info('two images are not merged now', { ...surplus, why: messageOf(error) });
      return true; // not before something changes
    } finally { under = undefined; }
  };
  const mergeAll = async (): Promise<void> => {
    for (const [sr, { uuid }] of desk.store.all('SR')) {
      const tried = new Set<string>();
      while (!over.signal.aborted && !desk.stopping.aborted) {
        const next = (await desk.repositories.get(uuid)?.surplus?.())?.find(surplus => !tried.has(keyOf(surplus)));
        if (next === undefined) break;
        tried.add(keyOf(next));
        if (!await mergeOne(sr, next)) wanted = true;
      }
      if (tried.size > 0) await refreshSpace(desk, sr);
    }
  };
  const begin = (): void => {
    if (round !== undefined || over.signal.aborted || desk.stopping.aborted) return;
    if (!wanted) { for (const resolve of waiting.splice(0)) resolve(); return; }
    wanted = false;
    round = mergeAll().catch((error: unknown) => { desk.log.error('images are not merged', { why: messageOf(error) }); })
      .finally(() => { round = undefined; if (!wanted || desk.traffic.isQuiet) setImmediate(begin); }); // else what is in the way tells when it has left
  };

  desk.traffic.makeWay = vm => {
    if (under === undefined || (under.vm !== undefined && under.vm !== vm)) return undefined;
    under.stop.abort(new Error('an operation goes first'));
    return under.ended;
  };
  desk.traffic.tidy = () => { wanted = true; setImmediate(begin); };
  desk.traffic.tidy();
  const left = desk.traffic.onLeave(() => { if (wanted) setImmediate(begin); });
  return {
    settled: () => new Promise(resolve => { waiting.push(resolve); setImmediate(begin); }),
    dispose: () => { over.abort(new Error('the service stops')); left.dispose(); },
  };
};

interface User { vm: Ref<'VM'>; uuid: string; userdevice: string }

const merge = async (desk: Desk, sr: Ref<'SR'>, surplus: Surplus, user: User | undefined, signal: AbortSignal): Promise<void> => {
  const repository = desk.repositories.get(desk.store.get('SR', sr).uuid);
  if (user) {
    await desk.engine.mergeDown(user.uuid, user.userdevice, signal);
    await repository?.merged?.(surplus);
  } else await repository?.coalesce?.(surplus, signal); // refuses what a machine has open
  desk.log.info('two images are one', { ...surplus });
  if (surplus.childHidden) return;
  const stored = await repository?.stat(surplus.child);
  const vdi = vdiOf(desk, sr, surplus.child);
  if (vdi !== undefined && stored) desk.store.transaction(tx => { tx.set('VDI', vdi, storedFields(tx, sr, stored)); });
};

/** The machine that writes this very VDI now. */
const userOf = (desk: Desk, sr: Ref<'SR'>, uuid: string): User | undefined => {
  const vdi = vdiOf(desk, sr, uuid);
  const vbd = vdi && desk.store.get('VDI', vdi).VBDs.map(ref => desk.store.get('VBD', ref)).find(each => each.currently_attached && each.mode === 'RW');
  if (!vbd) return undefined;
  const { uuid: vmUuid } = desk.store.get('VM', vbd.VM);
  return desk.engine.state(vmUuid) === 'gone' ? undefined : { vm: vbd.VM, uuid: vmUuid, userdevice: vbd.userdevice };
};
const vdiOf = (desk: Desk, sr: Ref<'SR'>, uuid: string): Ref<'VDI'> | undefined => desk.store.get('SR', sr).VDIs.find(ref => desk.store.get('VDI', ref).uuid === uuid);

const keyOf = ({ base, child }: Surplus): string => `${base} ${child}`;
