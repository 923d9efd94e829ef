import type { VmOperations, VmPowerState } from '../api';

/* Which power states each operation is offered in. The host checks with this table and publishes the outcome as
 * allowed_operations; the console never looks at power_state to decide. An operation that is not here is not
 * implemented and never offered. */
export const VM_OPERATION_STATES = {
  start: ['Halted'],
  start_on: ['Halted'],
  clean_shutdown: ['Running'],
  clean_reboot: ['Running'],
  hard_shutdown: ['Running', 'Paused', 'Suspended'],
  hard_reboot: ['Running', 'Paused'],
  shutdown: ['Running', 'Paused'],
  pause: ['Running'],
  unpause: ['Paused'],
  suspend: ['Running'],
  resume: ['Suspended'],
  resume_on: ['Suspended'],
  snapshot: ['Halted', 'Running', 'Paused'],
  snapshot_with_quiesce: ['Running'],
  checkpoint: ['Running'],
  revert: ['Halted', 'Suspended'],
  clone: ['Halted'],
  copy: ['Halted'],
  export: ['Halted'],
  provision: ['Halted'],
  make_into_template: ['Halted'],
  changing_VCPUs: ['Halted', 'Running', 'Paused'], // of one that is up: they count from its next start
  create_vtpm: ['Halted'],
  changing_static_range: ['Halted'],
  changing_VCPUs_live: ['Running'],
  changing_dynamic_range: ['Halted', 'Running'],
  changing_memory_live: ['Running'],
  awaiting_memory_live: ['Running'],
  changing_memory_limits: ['Halted'],
  destroy: ['Halted', 'Suspended'],
  power_state_reset: ['Running', 'Paused', 'Suspended'],
} as const satisfies Partial<Record<VmOperations, readonly VmPowerState[]>>;
export type OfferedVmOperation = keyof typeof VM_OPERATION_STATES;

/** What is done to a VM by an operation on something else (its snapshot, its disk), or by a host that sends it to another. Seen in current_operations only. */
export const VM_WORK_STATES = {
  reverting: ['Halted', 'Running', 'Paused', 'Suspended'],
  migrate_send: ['Halted', 'Running', 'Paused'],
} as const satisfies Partial<Record<VmOperations, readonly VmPowerState[]>>;
export type VmWork = OfferedVmOperation | keyof typeof VM_WORK_STATES;

/** What a template can do: it is copied or thrown away, never run. */
const TEMPLATE_OPERATIONS: readonly OfferedVmOperation[] = ['clone', 'copy', 'export', 'provision', 'destroy', 'create_vtpm', 'changing_VCPUs', 'changing_static_range', 'changing_dynamic_range', 'changing_memory_limits'];

/** What a snapshot can do, whatever state it keeps: it is never changed. */
const SNAPSHOT_OPERATIONS: readonly OfferedVmOperation[] = ['revert', 'clone', 'copy', 'export', 'destroy'];

/** What may interrupt an operation that is under way: the way out of a guest that does not react. */
const INTERRUPTS: Readonly<Partial<Record<VmWork, readonly VmOperations[]>>> = {
  hard_shutdown: ['clean_shutdown', 'clean_reboot', 'hard_reboot', 'shutdown'],
  hard_reboot: ['clean_shutdown', 'clean_reboot'],
};

/** What may go on at the same time: a template is cloned by many at once. */
const COMPANIONS: Readonly<Partial<Record<VmWork, readonly VmOperations[]>>> = {
  clone: ['clone', 'copy', 'export'],
  copy: ['clone', 'copy', 'export'],
  export: ['clone', 'copy', 'export'],
};

export interface VmSituation {
  power_state: VmPowerState;
  is_a_template: boolean;
  is_a_snapshot?: boolean;
  /** The guest agent answers, so that its file systems can be held still. */
  agent?: boolean;
  /** Default templates (other_config:default_template) are not destroyed. */
  is_default_template: boolean;
  current: readonly VmOperations[];
}

export const isOffered = (operation: string): operation is OfferedVmOperation => Object.hasOwn(VM_OPERATION_STATES, operation);

/** Whether a VM of this kind has the operation at all, whatever it is doing. */
export const isForKind = (operation: OfferedVmOperation, { is_a_template, is_a_snapshot, is_default_template }: Pick<VmSituation, 'is_a_template' | 'is_a_snapshot' | 'is_default_template'>): boolean => {
  if (is_a_snapshot === true) return SNAPSHOT_OPERATIONS.includes(operation);
  if (operation === 'revert' || (is_default_template && operation === 'destroy')) return false;
  return !is_a_template || TEMPLATE_OPERATIONS.includes(operation);
};

export const isInState = (operation: VmWork, { power_state, is_a_snapshot }: Pick<VmSituation, 'power_state' | 'is_a_snapshot'>): boolean =>
  is_a_snapshot === true || statesOf(operation).includes(power_state);
export const statesOf = (operation: VmWork): readonly VmPowerState[] => ({ ...VM_OPERATION_STATES, ...VM_WORK_STATES })[operation];

/** Whether `operation` may end all that is under way. */
export const mayInterrupt = (operation: VmWork, current: readonly VmOperations[]): boolean =>
  current.every(running => (INTERRUPTS[operation] ?? []).includes(running));

/** Whether `operation` may begin now: everything under way is its companion, or is ended by it. */
export const mayBegin = (operation: VmWork, current: readonly VmOperations[]): boolean =>
  current.every(running => (COMPANIONS[operation] ?? []).includes(running) || mayInterrupt(operation, [running]));

/** XenAPI's allowed_operations for a VM in this situation. */
export const allowedVmOperations = (vm: VmSituation): VmOperations[] =>
  (Object.keys(VM_OPERATION_STATES) as OfferedVmOperation[])
    .filter(operation => isForKind(operation, vm) && isInState(operation, vm) && mayBegin(operation, vm.current) && (operation !== 'snapshot_with_quiesce' || vm.agent === true));
