import { ApiError, nullRef, type Ref } from '../../../shared/api';
import { constructorFields } from '../constructor-fields';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { assertGuestKind } from '../licence/gates';
import { assertHardware } from './hardware-settings';
import { assertMemoryOrder, assertName, assertVcpus } from './limits';

/** A halted VM without disks and networks; VBD.create and VIF.create add them. */
export const create = (desk: Desk): Handler<'VM.create'> => (_context, args): Ref<'VM'> => {
  const fields = constructorFields('VM', args);
  assertName('name_label', args.name_label);
  assertName('name_description', args.name_description);
  assertMemoryOrder(args);
  assertVcpus(args);
  assertHardware(args);
  assertGuestKind(desk, args);
  if (fields.power_state !== undefined && fields.power_state !== 'Halted') throw new ApiError('VALUE_NOT_SUPPORTED', 'power_state', fields.power_state, 'a new VM is Halted');
  return desk.store.transaction(tx => tx.create('VM', {
    ...fields, power_state: 'Halted', resident_on: nullRef<'host'>(), domid: -1,
    memory_target: fields.memory_dynamic_max ?? 0, suspend_VDI: nullRef<'VDI'>(),
    metrics: tx.create('VM_metrics', {}), guest_metrics: nullRef<'VM_guest_metrics'>(),
  }));
};
