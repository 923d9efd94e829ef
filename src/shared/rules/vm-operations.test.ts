import { describe, expect, it } from 'vitest';
import type { VmPowerState } from '../api';
import { VM_OPERATION_STATES, allowedVmOperations, mayInterrupt, type OfferedVmOperation, type VmSituation } from './vm-operations';

const vm = (over: Partial<VmSituation> = {}): VmSituation => ({ power_state: 'Halted', is_a_template: false, is_default_template: false, current: [], ...over });
const STATES: readonly VmPowerState[] = ['Halted', 'Paused', 'Running', 'Suspended'];

describe('allowed operations of a VM', () => {
  it('offers every operation in exactly the states of the table', () => {
    for (const state of STATES) {
      const allowed = allowedVmOperations(vm({ power_state: state }));
      for (const operation of Object.keys(VM_OPERATION_STATES) as OfferedVmOperation[]) {
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

  it('offers nothing beside a running operation but the way out', () => {
    expect(allowedVmOperations(vm({ current: ['start'] }))).toEqual([]);
    expect(allowedVmOperations(vm({ power_state: 'Running', current: ['clean_shutdown'] }))).toEqual(['hard_shutdown', 'hard_reboot']);
    expect(allowedVmOperations(vm({ power_state: 'Running', current: ['clean_shutdown', 'hard_shutdown'] }))).toEqual([]);
  });

  it('lets a template be cloned by many at once', () => {
    expect(allowedVmOperations(vm({ is_a_template: true, current: ['clone', 'clone'] }))).toEqual(['clone']);
    expect(mayInterrupt('clone', ['clone'])).toBe(false);
  });

  it('interrupts only what it may', () => {
    expect(mayInterrupt('hard_shutdown', ['clean_reboot'])).toBe(true);
    expect(mayInterrupt('start', ['clean_reboot'])).toBe(false);
    expect(mayInterrupt('start', [])).toBe(true);
  });
});
