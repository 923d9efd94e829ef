import { ApiError } from '../../../shared/api';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { VM_OVERHEAD_BYTES } from '../host/memory';
import { assertVmOperation } from '../lock';
import { freeVbdDevices } from '../vbd/devices';
import { freeVifDevices } from '../vif/devices';
import { assertBootable } from './boot';
import { asBooted } from './hardware';

/* Questions about a VM; none changes anything. */

export const queries = (desk: Desk): Handlers => ({
  'VM.get_allowed_VBD_devices': (_context, vm) => freeVbdDevices(desk.store, vm),
  'VM.get_allowed_VIF_devices': (_context, vm) => freeVifDevices(desk.store, vm),
  'VM.get_possible_hosts': (_context, vm) => {
    desk.store.get('VM', vm);
    return [...desk.store.all('host')].filter(([, host]) => host.enabled).map(([ref]) => ref);
  },
  'VM.get_boot_record': (_context, vm) => { const record = desk.store.get('VM', vm); return record.power_state === 'Halted' ? record : asBooted(record); },
  'VM.assert_can_boot_here': (_context, vm, host) => { desk.store.get('host', host); assertBootable(desk, vm); },
  'VM.assert_operation_valid': (_context, vm, operation) => { assertVmOperation(desk.store, vm, operation); },
  'VM.update_allowed_operations': (_context, vm) => { desk.store.transaction(tx => { tx.get('VM', vm); tx.touch('VM', vm); }); },
  'VM.compute_memory_overhead': (_context, vm) => { desk.store.get('VM', vm); return VM_OVERHEAD_BYTES; },
  'VM.maximise_memory': (_context, vm, total) => {
    desk.store.get('VM', vm);
    const left = total - VM_OVERHEAD_BYTES;
    if (left <= 0) throw new ApiError('INVALID_VALUE', 'total', String(total));
    return left;
  },
});
