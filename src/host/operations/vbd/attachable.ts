import { ApiError } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { assertVbdUsable } from '../vm/spec';

/** Whether its disk could be attached, if the VM ran. */
export const assertAttachable = (desk: Desk): Handler<'VBD.assert_attachable'> => (_context, vbd): void => {
  const { empty, type } = desk.store.get('VBD', vbd);
  if (empty && type !== 'CD') throw new ApiError('OPERATION_NOT_ALLOWED', 'there is no disk in this VBD');
  assertVbdUsable(desk.store, desk.repositories, vbd);
};
