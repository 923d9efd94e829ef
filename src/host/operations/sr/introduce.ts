import { ApiError } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { assertFeature } from '../licence/gates';
import { assertName } from '../vm/limits';
import { driverOf } from './place';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A record for a repository that exists; PBD.create and PBD.plug say where it is. */
export const introduce = (desk: Desk): Handler<'SR.introduce'> => (_context, uuid, name_label, name_description, type, _contentType, shared, sm_config) => {
  assertName('name_label', name_label);
  assertName('name_description', name_description);
  if (!UUID.test(uuid)) throw new ApiError('UUID_INVALID', 'SR', uuid);
  const driver = driverOf(desk, type);
  if (driver.shared && driver.contentType !== 'iso') assertFeature(desk, 'shared_storage');
  if (shared && !driver.shared) throw new ApiError('VALUE_NOT_SUPPORTED', 'shared', 'true', `${driver.name} belongs to one host`);
  if ([...desk.store.all('SR').values()].some(sr => sr.uuid === uuid)) throw new ApiError('SR_UUID_EXISTS', uuid);
  return desk.store.transaction(tx => tx.create('SR', { uuid, name_label, name_description, type, content_type: driver.contentType, shared, sm_config }));
};
