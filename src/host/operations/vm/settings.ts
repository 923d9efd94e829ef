import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { OfferedVmOperation } from '../../../shared/rules/vm-operations';
import type { CallContext, Handlers } from '../contract';
import type { Desk } from '../desk';
import { isUp } from '../device/state';
import { assertMemoryOrder, assertVcpus, type Memory } from './limits';
import { changeDynamicRange } from './memory-live';

/* Setters that check: processors, memory, template or not. They are operations, so none of them meets a start. */

export const settings = (desk: Desk): Handlers => {
  const change = (context: CallContext, vm: Ref<'VM'>, operation: OfferedVmOperation, make: (now: Readonly<Records['VM']>) => Partial<Records['VM']>): Promise<void> =>
    desk.lock.run(context, vm, operation, () => { desk.store.transaction(tx => { tx.set('VM', vm, make(tx.get('VM', vm))); }); });

  const vcpus = (context: CallContext, vm: Ref<'VM'>, fields: Partial<Pick<Records['VM'], 'VCPUs_max' | 'VCPUs_at_startup'>>): Promise<void> =>
    change(context, vm, 'changing_VCPUs', now => { assertVcpus({ ...now, ...fields }); return fields; });

  const memory = (context: CallContext, vm: Ref<'VM'>, operation: OfferedVmOperation, fields: Partial<Memory>): Promise<void> =>
    isUp(desk.store.get('VM', vm)) && operation === 'changing_dynamic_range' ? desk.lock.run(context, vm, operation, signal => changeDynamicRange(desk, context, vm, fields, signal)) : change(context, vm, operation, now => {
      assertMemoryOrder({ ...now, ...fields });
      return { ...fields, memory_target: fields.memory_dynamic_max ?? now.memory_dynamic_max };
    });

  return {
    'VM.set_VCPUs_max': (context, vm, value) => vcpus(context, vm, { VCPUs_max: value }),
    'VM.set_VCPUs_at_startup': (context, vm, value) => vcpus(context, vm, { VCPUs_at_startup: value }),

    'VM.set_memory_static_min': (context, vm, value) => memory(context, vm, 'changing_static_range', { memory_static_min: value }),
    'VM.set_memory_static_max': (context, vm, value) => memory(context, vm, 'changing_static_range', { memory_static_max: value }),
    'VM.set_memory_static_range': (context, vm, min, max) => memory(context, vm, 'changing_static_range', { memory_static_min: min, memory_static_max: max }),
    'VM.set_memory_dynamic_min': (context, vm, value) => memory(context, vm, 'changing_dynamic_range', { memory_dynamic_min: value }),
    'VM.set_memory_dynamic_max': (context, vm, value) => memory(context, vm, 'changing_dynamic_range', { memory_dynamic_max: value }),
    'VM.set_memory_dynamic_range': (context, vm, min, max) => memory(context, vm, 'changing_dynamic_range', { memory_dynamic_min: min, memory_dynamic_max: max }),
    'VM.set_memory_limits': (context, vm, staticMin, staticMax, dynamicMin, dynamicMax) => memory(context, vm, 'changing_memory_limits', {
      memory_static_min: staticMin, memory_static_max: staticMax, memory_dynamic_min: dynamicMin, memory_dynamic_max: dynamicMax,
    }),
    'VM.set_memory': (context, vm, value) => change(context, vm, 'changing_memory_limits', now => {
      const fields = { memory_static_min: Math.min(now.memory_static_min, value), memory_static_max: value, memory_dynamic_min: value, memory_dynamic_max: value };
      assertMemoryOrder(fields);
      return { ...fields, memory_target: value };
    }),

    'VM.set_is_a_template': async (context, vm, value) => {
      const record = desk.store.get('VM', vm);
      if (record.is_a_template === value) return;
      if (record.is_default_template) throw new ApiError('OPERATION_NOT_ALLOWED', 'a default template stays one; clone it');
      if (value) await change(context, vm, 'make_into_template', () => ({ is_a_template: true }));
      else await change(context, vm, 'provision', () => ({ is_a_template: false }));
    },
  };
};
