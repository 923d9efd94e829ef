import { ApiError, type Records, type Ref } from '../../../shared/api';
import { isOffered } from '../../../shared/rules/vm-operations';
import type { CallContext, Handlers } from '../contract';
import type { Desk } from '../desk';
import { assertOtherConfig } from '../metrics/other-config';
import { setOtherConfig } from './disk-weight';

/* Fields that XenAPI sets by messages of their own although nothing follows from them but the record: the boot policy and
 * the maps. What they say counts at the next start, but for a weight in other_config. */

export const fields = (desk: Desk): Handlers => {
  const set = (vm: Ref<'VM'>, make: (now: Readonly<Records['VM']>) => Partial<Records['VM']>): void => { desk.store.transaction(tx => { tx.set('VM', vm, make(tx.get('VM', vm))); }); };
  const config = (context: CallContext, of: string, vm: Ref<'VM'>, make: (now: Readonly<Records['VM']>) => Records['VM']['other_config']): Promise<void> => setOtherConfig(desk, context, vm, of, now => {
    const after = make(now);
    assertOtherConfig('VM', now.other_config, after);
    return after;
  });
  const add = (record: Readonly<Records['VM']>, field: 'other_config' | 'blocked_operations', key: string, value: string): Readonly<Record<string, string>> => {
    if (Object.hasOwn(record[field], key)) throw new ApiError('MAP_DUPLICATE_KEY', 'VM', field, record.uuid, key);
    return { ...record[field], [key]: value };
  };
  const without = (map: Readonly<Record<string, string>>, key: string): Readonly<Record<string, string>> => { const { [key]: _, ...rest } = map; return rest; };
  const operationName = (key: string): string => {
    if (!isOffered(key)) throw new ApiError('INVALID_VALUE', 'blocked_operations', key.slice(0, 100));
    return key;
  };

  return {
    'VM.set_other_config': (context, vm, value) => config(context, 'VM.set_other_config', vm, () => value),
    'VM.add_to_other_config': (context, vm, key, value) => config(context, 'VM.add_to_other_config', vm, now => add(now, 'other_config', key, value)),
    'VM.remove_from_other_config': (context, vm, key) => config(context, 'VM.remove_from_other_config', vm, now => without(now.other_config, key)),
    'VM.set_blocked_operations': (_context, vm, value) => { Object.keys(value).forEach(operationName); set(vm, () => ({ blocked_operations: value })); },
    'VM.add_to_blocked_operations': (_context, vm, key, value) => set(vm, now => ({ blocked_operations: add(now, 'blocked_operations', operationName(key), value) })),
    'VM.remove_from_blocked_operations': (_context, vm, key) => set(vm, now => ({ blocked_operations: without(now.blocked_operations, key) })),
    'VM.set_HVM_boot_policy': (_context, vm, value) => set(vm, () => ({ HVM_boot_policy: value })),
  };
};
