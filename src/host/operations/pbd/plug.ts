import { ApiError, type Ref } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { reconcileSr } from '../reconcile';
import { dropSecrets, dropUnusedSecrets, hideSecrets } from '../secret/secrets';
import { assertPlaceIsFree, driverOf } from '../sr/place';
import { attach, lost } from './attach';

/* A PBD is where one host finds an SR. */

export const create = (desk: Desk): Handler<'PBD.create'> => async (_context, args): Promise<Ref<'PBD'>> => {
  desk.store.get('host', args.host);
  const sr = desk.store.get('SR', args.SR), driver = driverOf(desk, sr.type);
  const existing = (): Ref<'PBD'> | undefined => desk.store.get('SR', args.SR).PBDs.find(pbd => desk.store.get('PBD', pbd).host === args.host);
  const assertNone = (): void => { const pbd = existing(); if (pbd !== undefined) throw new ApiError('PBD_EXISTS', args.SR, args.host, pbd); };
  assertNone();
  await assertPlaceIsFree(desk, driver, args.device_config);
  assertNone();
  const { config, made } = hideSecrets(desk, driver, args.device_config);
  try {
    return desk.store.transaction(tx => tx.create('PBD', { host: args.host, SR: args.SR, device_config: config, other_config: args.other_config ?? {}, currently_attached: false }));
  } catch (error) { dropSecrets(desk, made); throw error; }
};

export const destroy = (desk: Desk): Handler<'PBD.destroy'> => (_context, pbd): void => {
  const { device_config } = desk.store.get('PBD', pbd);
  desk.store.transaction(tx => {
    if (tx.get('PBD', pbd).currently_attached) throw new ApiError('OPERATION_NOT_ALLOWED', 'the PBD is attached: unplug it first');
    tx.destroy('PBD', pbd);
  });
  lost(desk).delete(pbd);
  dropUnusedSecrets(desk, device_config);
};

export const plug = (desk: Desk): Handler<'PBD.plug'> => async (_context, pbd) => {
  if (desk.store.get('PBD', pbd).currently_attached) return;
  await attach(desk, pbd);
  await reconcileSr(desk, desk.store.get('PBD', pbd).SR);
};

export const unplug = (desk: Desk): Handler<'PBD.unplug'> => async (_context, pbd): Promise<void> => {
  const { SR: sr, currently_attached } = desk.store.get('PBD', pbd), { uuid } = desk.store.get('SR', sr);
  assertUnused(desk, sr);
  lost(desk).delete(pbd); // nobody tries to attach it any more
  if (!currently_attached) return;
  const repository = desk.repositories.get(uuid);
  // Nobody may begin anything while it is let go of.
  desk.repositories.delete(uuid);
  desk.store.transaction(tx => { tx.set('PBD', pbd, { currently_attached: false }); });
  try { await translated({ sr }, async () => { await repository?.detach?.(); }); } catch (error) {
    if (repository) desk.repositories.set(uuid, repository);
    desk.store.transaction(tx => { tx.set('PBD', pbd, { currently_attached: true }); tx.touch('PBD', pbd); });
    throw error;
  }
};

/** No VM has a disk of it open, and nothing is under way there. What an earlier service left half done waits for the repository, which may never come back. */
export const assertUnused = (desk: Desk, sr: Ref<'SR'>): void => {
  const { uuid, VDIs } = desk.store.get('SR', sr);
  const busy = VDIs.map(vdi => desk.store.get('VDI', vdi))
    .some(vdi => Object.keys(vdi.current_operations).length > 0 || vdi.VBDs.some(vbd => desk.store.get('VBD', vbd).currently_attached));
  if (busy || desk.journal.open().some(intent => intent.srUuid === uuid && !desk.journal.isLeft(intent.vdiUuid))) throw new ApiError('SR_DEVICE_IN_USE');
};
