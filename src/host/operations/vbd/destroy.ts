import { ApiError, type Ref } from '../../../shared/api';
import type { Handler, Handlers } from '../contract';
import type { Desk } from '../desk';
import { assertDeviceFree } from '../device/state';

export const destroy = (desk: Desk): Handler<'VBD.destroy'> => (_context, vbd): void => {
  desk.store.transaction(tx => {
    const record = tx.get('VBD', vbd);
    if (record.currently_attached) throw new ApiError('OPERATION_NOT_ALLOWED', 'the VBD is in use: unplug it, or shut the VM down first');
    assertDeviceFree(tx, 'VBD', vbd);
    if (tx.get('VM', record.VM).is_default_template) throw new ApiError('OPERATION_NOT_ALLOWED', 'a default template keeps its disk');
    tx.destroy('VBD', vbd);
  });
};

export const setMode = (desk: Desk): Handlers => ({
  'VBD.set_mode': (_context, vbd: Ref<'VBD'>, mode) => {
    desk.store.transaction(tx => {
      const record = tx.get('VBD', vbd);
      assertDeviceFree(tx, 'VBD', vbd);
      if (record.currently_attached) throw new ApiError('OPERATION_NOT_ALLOWED', 'the VBD is in use: shut the VM down first');
      if (record.type === 'CD' && mode === 'RW') throw new ApiError('VBD_CDS_MUST_BE_READONLY');
      tx.set('VBD', vbd, { mode });
    });
  },
});
