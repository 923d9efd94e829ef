import { ApiError } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { assertName } from '../vm/limits';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A record for a repository that exists; PBD.create and PBD.plug say where it is. */
export const introduce = (desk: Desk): Handler<'SR.introduce'> => (_context, uuid, name_label, name_description, type, content_type, shared, sm_config) => {
  assertName('name_label', name_label);
  if (!UUID.test(uuid)) throw new ApiError('UUID_INVALID', 'SR', uuid);
  if (shared) throw new ApiError('VALUE_NOT_SUPPORTED', 'shared', 'true', 'this host has no shared storage');
  if (!desk.storageDrivers.has(type)) throw new ApiError('SR_UNKNOWN_DRIVER', type);
  if ([...desk.store.all('SR').values()].some(sr => sr.uuid === uuid)) throw new ApiError('SR_UUID_EXISTS', uuid);
  return desk.store.transaction(tx => tx.create('SR', { uuid, name_label, name_description, type, content_type: content_type === '' ? 'user' : content_type, sm_config }));
};
