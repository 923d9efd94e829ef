import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { ApiError, type Ref } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { toApiError } from '../failure';
import { assertName } from '../vm/limits';
import { scanSr } from './scan';

/** A repository at a place that no other uses, attached to this host. Disks that are there already get records. */
export const create = (desk: Desk): Handler<'SR.create'> =>
  async (_context, host, device_config, _physicalSize, name_label, name_description, type, content_type, shared, sm_config): Promise<Ref<'SR'>> => {
    desk.store.get('host', host);
    assertName('name_label', name_label);
    assertName('name_description', name_description);
    if (shared) throw new ApiError('VALUE_NOT_SUPPORTED', 'shared', 'true', 'this host has no shared storage');
    const driver = desk.storageDrivers.get(type);
    if (!driver) throw new ApiError('SR_UNKNOWN_DRIVER', type);
    assertPlaceIsFree(desk, device_config);
    const uuid = randomUUID();
    try { desk.repositories.set(uuid, await driver.attach(device_config, desk.log)); } catch (error) { throw toApiError(error, {}); }
    let sr: Ref<'SR'>;
    try {
      assertPlaceIsFree(desk, device_config); // another call may have been quicker
      sr = desk.store.transaction(tx => {
        const ref = tx.create('SR', { uuid, name_label, name_description, type, content_type: content_type === '' ? 'user' : content_type, sm_config });
        tx.create('PBD', { host, SR: ref, device_config, currently_attached: true });
        return ref;
      });
    } catch (error) { desk.repositories.delete(uuid); throw error; }
    await scanSr(desk, sr);
    return sr;
  };

export const assertPlaceIsFree = (desk: Desk, config: Readonly<Record<string, string>>): void => {
  const { location } = config;
  if (location === undefined || !path.isAbsolute(location)) throw new ApiError('INVALID_VALUE', 'device_config:location', location ?? '');
  const normal = path.resolve(location);
  if (normal === '/') throw new ApiError('INVALID_VALUE', 'device_config:location', location);
  for (const pbd of desk.store.all('PBD').values()) {
    const other = pbd.device_config.location;
    if (other !== undefined && path.resolve(other) === normal) throw new ApiError('SR_DEVICE_IN_USE');
  }
};
