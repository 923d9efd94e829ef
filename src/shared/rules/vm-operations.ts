import type { VmOperations, VmPowerState } from '../api';

/* Which power states each operation is offered in. The host checks with this table and publishes the outcome as
 * allowed_operations; the console never looks at power_state to decide. An operation that is not here is not
 * implemented and never offered. */
export const VM_OPERATION_STATES = {
  start: ['Halted'],
  start_on: ['Halted'],
  clean_shutdown: ['Running'],
  clean_reboot: ['Running'],
  hard_shutdown: ['Running', 'Paused'],
  hard_reboot: ['Running', 'Paused'],
  shutdown: ['Running', 'Paused'],
  pause: ['Running'],
  unpause: ['Paused'],
  clone: ['Halted'],
  provision: ['Halted'],
  make_into_template: ['Halted'],
  changing_VCPUs: ['Halted'],
  changing_static_range: ['Halted'],
  changing_dynamic_range: ['Halted'],
  changing_memory_limits: ['Halted'],
  destroy: ['Halted'],
  power_state_reset: ['Running', 'Paused', 'Suspended'],
} as const satisfies Partial<Record<VmOperations, readonly VmPowerState[]>>;
export type OfferedVmOperation = keyof typeof VM_OPERATION_STATES;

/** What a template can do: it is copied or thrown away, never run. */
const TEMPLATE_OPERATIONS: readonly OfferedVmOperation[] = ['clone', 'provision', 'destroy', 'changing_VCPUs', 'changing_static_range', 'changing_dynamic_range', 'changing_memory_limits'];

/** What may interrupt an operation that is under way: the way out of a guest that does not react. */
const INTERRUPTS: Readonly<Partial<Record<OfferedVmOperation, readonly VmOperations[]>>> = {
  hard_shutdown: ['clean_shutdown', 'clean_reboot', 'hard_reboot', 'shutdown'],
  hard_reboot: ['clean_shutdown', 'clean_reboot'],
};

/** What may go on at the same time: a template is cloned by many at once. */
const COMPANIONS: Readonly<Partial<Record<OfferedVmOperation, readonly VmOperations[]>>> = {
  clone: ['clone'],
};

export interface VmSituation {
  power_state: VmPowerState;
  is_a_template: boolean;
  /** Default templates (other_config:default_template) are not destroyed. */
  is_default_template: boolean;
  current: readonly VmOperations[];
}

export const isOffered = (operation: string): operation is OfferedVmOperation => Object.hasOwn(VM_OPERATION_STATES, operation);

export const isTemplateOperation = (operation: OfferedVmOperation): boolean => TEMPLATE_OPERATIONS.includes(operation);

/** Whether `operation` may end all that is under way. */
export const mayInterrupt = (operation: OfferedVmOperation, current: readonly VmOperations[]): boolean =>
  current.every(running => (INTERRUPTS[operation] ?? []).includes(running));

/** Whether `operation` may begin now: everything under way is its companion, or is ended by it. */
export const mayBegin = (operation: OfferedVmOperation, current: readonly VmOperations[]): boolean =>
  current.every(running => (COMPANIONS[operation] ?? []).includes(running) || mayInterrupt(operation, [running]));

/** XenAPI's allowed_operations for a VM in this situation. */
export const allowedVmOperations = (vm: VmSituation): VmOperations[] =>
  (Object.keys(VM_OPERATION_STATES) as OfferedVmOperation[]).filter(operation => {
    if (!(VM_OPERATION_STATES[operation] as readonly VmPowerState[]).includes(vm.power_state)) return false;
    if (vm.is_a_template && !TEMPLATE_OPERATIONS.includes(operation)) return false;
    if (vm.is_default_template && operation === 'destroy') return false;
    return mayBegin(operation, vm.current);
  });
