import { ApiError } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { assertDeviceFree } from '../device/state';

export const destroy = (desk: Desk): Handler<'VIF.destroy'> => (_context, vif): void => {
  desk.store.transaction(tx => {
    assertDeviceFree(tx, 'VIF', vif);
    if (tx.get('VIF', vif).currently_attached) throw new ApiError('OPERATION_NOT_ALLOWED', 'the VIF is in use: shut the VM down first');
    tx.destroy('VIF', vif);
  });
};
