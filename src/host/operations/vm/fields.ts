import { ApiError, type Records, type Ref } from '../../../shared/api';
import { isOffered } from '../../../shared/rules/vm-operations';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { assertOtherConfig } from '../metrics/other-config';

/* Fields that XenAPI sets by messages of their own although nothing follows from them but the record: the boot policy and
 * the maps. What they say counts at the next start. */

type MapField = 'other_config' | 'blocked_operations';

export const fields = (desk: Desk): Handlers => {
  const set = (vm: Ref<'VM'>, value: Partial<Records['VM']>): void => {
    desk.store.transaction(tx => {
      const { other_config } = tx.get('VM', vm);
      if (value.other_config) assertOtherConfig('VM', other_config, value.other_config);
      tx.set('VM', vm, value);
    });
  };
  const add = (vm: Ref<'VM'>, field: MapField, key: string, value: string): void => {
    desk.store.transaction(tx => {
      const record = tx.get('VM', vm);
      if (Object.hasOwn(record[field], key)) throw new ApiError('MAP_DUPLICATE_KEY', 'VM', field, record.uuid, key);
      const after = { ...record[field], [key]: value };
      if (field === 'other_config') assertOtherConfig('VM', record.other_config, after);
      tx.set('VM', vm, { [field]: after });
    });
  };
  const remove = (vm: Ref<'VM'>, field: MapField, key: string): void => {
    desk.store.transaction(tx => {
      const { [key]: present, ...rest } = tx.get('VM', vm)[field];
      if (present !== undefined) tx.set('VM', vm, { [field]: rest });
    });
  };
  const operationName = (key: string): string => {
    if (!isOffered(key)) throw new ApiError('INVALID_VALUE', 'blocked_operations', key.slice(0, 100));
    return key;
  };

  return {
    'VM.set_other_config': (_context, vm, value) => set(vm, { other_config: value }),
    'VM.add_to_other_config': (_context, vm, key, value) => add(vm, 'other_config', key, value),
    'VM.remove_from_other_config': (_context, vm, key) => remove(vm, 'other_config', key),
    'VM.set_blocked_operations': (_context, vm, value) => { Object.keys(value).forEach(operationName); set(vm, { blocked_operations: value }); },
    'VM.add_to_blocked_operations': (_context, vm, key, value) => add(vm, 'blocked_operations', operationName(key), value),
    'VM.remove_from_blocked_operations': (_context, vm, key) => remove(vm, 'blocked_operations', key),
    'VM.set_HVM_boot_policy': (_context, vm, value) => set(vm, { HVM_boot_policy: value }),
  };
};
