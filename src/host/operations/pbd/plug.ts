import { ApiError, type Ref } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { messageOf, translated } from '../failure';
import { assertPlaceIsFree } from '../sr/create';
import { scanSr } from '../sr/scan';

/* A PBD is where one host finds an SR. */

export const create = (desk: Desk): Handler<'PBD.create'> => (_context, args): Ref<'PBD'> => {
  desk.store.get('host', args.host);
  const existing = desk.store.get('SR', args.SR).PBDs.find(pbd => desk.store.get('PBD', pbd).host === args.host);
  if (existing !== undefined) throw new ApiError('PBD_EXISTS', args.SR, args.host, existing);
  assertPlaceIsFree(desk, args.device_config);
  return desk.store.transaction(tx => tx.create('PBD', { host: args.host, SR: args.SR, device_config: args.device_config, other_config: args.other_config ?? {}, currently_attached: false }));
};

export const destroy = (desk: Desk): Handler<'PBD.destroy'> => (_context, pbd): void => {
  desk.store.transaction(tx => {
    if (tx.get('PBD', pbd).currently_attached) throw new ApiError('OPERATION_NOT_ALLOWED', 'the PBD is attached: unplug it first');
    tx.destroy('PBD', pbd);
  });
};

export const plug = (desk: Desk): Handler<'PBD.plug'> => async (_context, pbd) => {
  if (desk.store.get('PBD', pbd).currently_attached) return;
  await attach(desk, pbd);
  await scanSr(desk, desk.store.get('PBD', pbd).SR);
};

export const unplug = (desk: Desk): Handler<'PBD.unplug'> => (_context, pbd): void => {
  const { SR: sr, currently_attached } = desk.store.get('PBD', pbd);
  if (!currently_attached) return;
  const { uuid, VDIs } = desk.store.get('SR', sr);
  const busy = VDIs.map(vdi => desk.store.get('VDI', vdi))
    .some(vdi => Object.keys(vdi.current_operations).length > 0 || vdi.VBDs.some(vbd => desk.store.get('VBD', vbd).currently_attached));
  if (busy || desk.journal.open().some(intent => intent.srUuid === uuid)) throw new ApiError('SR_DEVICE_IN_USE');
  desk.repositories.delete(uuid);
  desk.store.transaction(tx => { tx.set('PBD', pbd, { currently_attached: false }); });
};

/** Makes the repository reachable and says so. */
export const attach = async (desk: Desk, pbd: Ref<'PBD'>): Promise<void> => {
  const { SR: sr, device_config } = desk.store.get('PBD', pbd);
  const { uuid, type } = desk.store.get('SR', sr);
  const driver = desk.storageDrivers.get(type);
  if (!driver) throw new ApiError('SR_UNKNOWN_DRIVER', type);
  desk.repositories.set(uuid, await translated({ sr }, () => driver.attach(device_config, desk.log)));
  desk.store.transaction(tx => { tx.set('PBD', pbd, { currently_attached: true }); tx.touch('PBD', pbd); });
};

/** When the service starts: what cannot be attached is said and left detached; the others still work. */
export const attachAll = async (desk: Desk): Promise<void> => {
  for (const pbd of desk.store.all('PBD').keys()) {
    try { await attach(desk, pbd); } catch (error) {
      desk.log.error('SR not attached', { sr: desk.store.get('SR', desk.store.get('PBD', pbd).SR).uuid, why: messageOf(error) });
      desk.store.transaction(tx => { tx.set('PBD', pbd, { currently_attached: false }); });
    }
  }
};
