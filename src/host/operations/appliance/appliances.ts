import { randomUUID } from 'node:crypto';
import { ApiError, isNull, nullRef, type Ref, type VmApplianceOperation } from '../../../shared/api';
import type { Reader } from '../../store/contract';
import { constructorFields } from '../constructor-fields';
import type { CallContext, Handlers } from '../contract';
import type { Desk } from '../desk';
import { assertName } from '../vm/limits';
import { cleanShutdown, hardShutdown, shutdown } from '../vm/shutdown';
import { start } from '../vm/start';
import { WANTS } from './allowed';
import { inOrder } from './sequence';

/* VM appliances: VMs that start and end together, in their order. An operation on the appliance is one on each of its VMs that it means something for. */

export const appliances = (desk: Desk): Handlers => {
  const run = (context: CallContext, self: Ref<'VM_appliance'>, operation: VmApplianceOperation, work: (vm: Ref<'VM'>) => Promise<unknown>): Promise<void> =>
    locked(desk, context, self, operation, async () => {
      const vms = desk.store.get('VM_appliance', self).VMs.filter(vm => WANTS[operation].includes(desk.store.get('VM', vm).power_state));
      const { signal, progress } = context.task;
      const failed = await inOrder(desk, { vms, direction: operation === 'start' ? 'up' : 'down', work, signal, progress });
      for (const { vm, why } of failed) desk.log.warn('a VM of an appliance did not follow', { operation, vm: desk.store.find('VM', vm)?.uuid, why });
      if (failed.length > 0) throw new ApiError('OPERATION_PARTIALLY_FAILED', operation);
    });
  /** Each VM's own operation, as its own call would be; cancelled with the appliance's. */
  const part = (context: CallContext): CallContext => ({ ...context, task: { ref: nullRef<'task'>(), progress: () => {}, signal: context.task.signal } });
  return {
    'VM_appliance.create': (_context, args) => {
      assertName('name_label', args.name_label);
      assertName('name_description', args.name_description);
      return desk.store.transaction(tx => tx.create('VM_appliance', constructorFields('VM_appliance', args)));
    },
    'VM_appliance.destroy': (_context, self) => {
      desk.store.transaction(tx => {
        assertIdle(tx, self);
        for (const vm of tx.get('VM_appliance', self).VMs) tx.set('VM', vm, { appliance: nullRef<'VM_appliance'>() });
        tx.destroy('VM_appliance', self);
      });
    },
    'VM_appliance.start': (context, self, paused) => run(context, self, 'start', async vm => { await start(desk)(part(context), vm, paused, false); }),
    'VM_appliance.clean_shutdown': (context, self) => run(context, self, 'clean_shutdown', async vm => { await cleanShutdown(desk)(part(context), vm); }),
    'VM_appliance.hard_shutdown': (context, self) => run(context, self, 'hard_shutdown', async vm => { await hardShutdown(desk)(part(context), vm); }),
    'VM_appliance.shutdown': (context, self) => run(context, self, 'shutdown', async vm => { await shutdown(desk)(part(context), vm); }),
  };
};

const assertIdle = (reader: Reader, self: Ref<'VM_appliance'>): void => {
  const [busy] = Object.entries(reader.get('VM_appliance', self).current_operations);
  if (busy) throw new ApiError('OTHER_OPERATION_IN_PROGRESS', 'VM_appliance', self, busy[1], busy[0]);
};

const locked = async (desk: Desk, context: CallContext, self: Ref<'VM_appliance'>, operation: VmApplianceOperation, work: () => Promise<void>): Promise<void> => {
  const entry = isNull(context.task.ref) ? `OpaqueRef:${randomUUID()}` : context.task.ref;
  desk.store.transaction(tx => {
    assertIdle(tx, self);
    tx.set('VM_appliance', self, { current_operations: { [entry]: operation } });
  });
  try { await work(); } finally {
    desk.store.transaction(tx => { if (tx.find('VM_appliance', self)) tx.set('VM_appliance', self, { current_operations: {} }); });
  }
};
