import { ApiError, type Records, type Ref, type VmOperations } from '../../../shared/api';
import type { Reader } from '../../store/contract';

/* When a VM's devices may be worked on: one operation at a time, and none while the VM itself is in one that counts on its devices. The other way round, an
 * operation of the VM waits for nobody's plug (lock.ts asks busyDevice), but for the ways out of a guest that does not react. */

export type Device = 'VBD' | 'VIF';

/** What a VM may be doing while its devices come and go. */
const COMPANIONS: readonly VmOperations[] = ['changing_memory_live', 'awaiting_memory_live', 'changing_dynamic_range', 'changing_VCPUs_live', 'data_source_op'];
/** What a VM may begin whatever happens to its devices: it ends that, or does not care. */
const REGARDLESS: readonly string[] = [...COMPANIONS, 'hard_shutdown', 'hard_reboot', 'clean_shutdown', 'clean_reboot', 'shutdown', 'power_state_reset', 'pause', 'unpause'];

export const assertDeviceFree = (reader: Reader, cls: Device, ref: string): void => {
  const record = reader.get(cls, ref);
  const [other] = Object.entries(record.current_operations);
  if (other) throw new ApiError('OTHER_OPERATION_IN_PROGRESS', cls, ref, other[1], other[0]);
  const blocking = vmBusy(reader.get('VM', record.VM));
  if (blocking) throw new ApiError('OTHER_OPERATION_IN_PROGRESS', 'VM', record.VM, blocking[1], blocking[0]);
};

/** What the VM is doing that keeps everybody off its devices. */
export const vmBusy = (vm: Readonly<Records['VM']>): [string, VmOperations] | undefined => Object.entries(vm.current_operations).find(([, operation]) => !COMPANIONS.includes(operation));

/** What is being done to a device of this VM, when that keeps `operation` off. */
export const busyDevice = (reader: Reader, vm: Readonly<Records['VM']>, operation: string): { cls: Device; ref: string; operation: string; entry: string } | undefined => {
  if (REGARDLESS.includes(operation)) return undefined;
  for (const [cls, refs] of [['VBD', vm.VBDs], ['VIF', vm.VIFs]] as const) {
    for (const ref of refs) {
      const [current] = Object.entries(reader.find(cls, ref)?.current_operations ?? {});
      if (current) return { cls, ref, operation: current[1], entry: current[0] };
    }
  }
  return undefined;
};

/** For an operation on a disk or a card of a machine that is there. */
export const assertUp = (reader: Reader, vm: Ref<'VM'>, states: readonly ('Running' | 'Paused')[] = ['Running', 'Paused']): void => {
  const { power_state, is_a_template } = reader.get('VM', vm);
  if (is_a_template) throw new ApiError('VM_IS_TEMPLATE', vm);
  if (!(states as readonly string[]).includes(power_state)) throw new ApiError('VM_BAD_POWER_STATE', vm, states.join(', ').toLowerCase(), power_state.toLowerCase());
};

export const isUp = (vm: Pick<Records['VM'], 'power_state'>): boolean => vm.power_state === 'Running' || vm.power_state === 'Paused';
