import { describe, expect, it } from 'vitest';
import type { VmPowerState } from '../api';
import { VM_OPERATION_STATES, allowedVmOperations, mayInterrupt, type OfferedVmOperation, type VmSituation } from './vm-operations';

const vm = (over: Partial<VmSituation> = {}): VmSituation => ({ power_state: 'Halted', is_a_template: false, is_default_template: false, current: [], ...over });
const STATES: readonly VmPowerState[] = ['Halted', 'Paused', 'Running', 'Suspended'];

describe('allowed operations of a VM', () => {
  it('offers every operation in exactly the states of the table', () => {
    for (const state of STATES) {
      const allowed = allowedVmOperations(vm({ power_state: state, agent: true }));
      for (const operation of Object.keys(VM_OPERATION_STATES) as OfferedVmOperation[]) {
        if (operation === 'revert') continue; // a snapshot's
        expect(allowed.includes(operation), `${operation} when ${state}`).toBe((VM_OPERATION_STATES[operation] as readonly string[]).includes(state));
      }
    }
  });

  it('never runs a template, and keeps the default ones', () => {
    const template = allowedVmOperations(vm({ is_a_template: true }));
    expect(template).toContain('clone');
    expect(template).toContain('destroy');
    expect(template).not.toContain('start');
    expect(allowedVmOperations(vm({ is_a_template: true, is_default_template: true }))).not.toContain('destroy');
  });

  it('keeps a snapshot as it is, in whatever state it keeps', () => {
    for (const power_state of ['Halted', 'Suspended'] as const) expect(allowedVmOperations(vm({ power_state, is_a_template: true, is_a_snapshot: true }))).toEqual(['revert', 'clone', 'copy', 'export', 'destroy']);
    expect(allowedVmOperations(vm())).not.toContain('revert');
    expect(allowedVmOperations(vm({ power_state: 'Running' }))).not.toContain('snapshot_with_quiesce'); // nobody inside to ask
  });

  it('offers nothing beside a running operation but the way out', () => {
    expect(allowedVmOperations(vm({ current: ['start'] }))).toEqual([]);
    expect(allowedVmOperations(vm({ power_state: 'Running', current: ['clean_shutdown'] }))).toEqual(['hard_shutdown', 'hard_reboot']);
    expect(allowedVmOperations(vm({ power_state: 'Running', current: ['clean_shutdown', 'hard_shutdown'] }))).toEqual([]);
  });

  it('lets a template be cloned by many at once', () => {
    expect(allowedVmOperations(vm({ is_a_template: true, current: ['clone', 'clone'] }))).toEqual(['clone', 'copy', 'export']);
    expect(mayInterrupt('clone', ['clone'])).toBe(false);
  });

  it('interrupts only what it may', () => {
    expect(mayInterrupt('hard_shutdown', ['clean_reboot'])).toBe(true);
    expect(mayInterrupt('start', ['clean_reboot'])).toBe(false);
    expect(mayInterrupt('start', [])).toBe(true);
  });
});
