import { describe, expect, it } from 'vitest';
import type { VmPowerState } from '../../shared/api';
import { VM_OPERATION_STATES, type OfferedVmOperation } from '../../shared/rules/vm-operations';
import { makeBench } from '../../../tests/fixtures/desk';
import { assertVmOperation } from './lock';

const refusal = (work: () => void): readonly string[] | undefined => {
  try { work(); return undefined; } catch (error) { const { code, params } = error as { code: string; params: readonly string[] }; return [code, ...params]; }
};

describe('what a VM refuses', () => {
  const STATES: readonly VmPowerState[] = ['Halted', 'Paused', 'Running', 'Suspended'];
  it.each(STATES)('agrees with the table and with allowed_operations when %s', async state => {
    const { store, newVm } = await makeBench();
    const vm = await newVm();
    store.transaction(tx => { tx.set('VM', vm, { power_state: state }); });
    store.transaction(tx => { tx.set('VM', vm, { guest_metrics: tx.create('VM_guest_metrics', { live: true }) }); });
    for (const operation of Object.keys(VM_OPERATION_STATES) as OfferedVmOperation[]) {
      if (operation === 'revert') continue; // a snapshot's
      const states: readonly string[] = VM_OPERATION_STATES[operation];
      const answer = refusal(() => assertVmOperation(store, vm, operation));
      expect(answer, operation).toEqual(states.includes(state) ? undefined : ['VM_BAD_POWER_STATE', vm, states.join(', ').toLowerCase(), state.toLowerCase()]);
      expect(store.get('VM', vm).allowed_operations.includes(operation), operation).toBe(answer === undefined);
    }
  });
  it('refuses to run a template, a blocked operation, an unknown VM and an operation that is not offered', async () => {
    const { store, newVm, handlers, context } = await makeBench();
    const vm = await newVm();
    await handlers['VM.add_to_blocked_operations']!(context(), vm, 'start', 'PROTECTED');
    expect(refusal(() => assertVmOperation(store, vm, 'start'))).toEqual(['OPERATION_BLOCKED', vm, 'PROTECTED']);
    expect(store.get('VM', vm).allowed_operations).not.toContain('start');
    await handlers['VM.set_is_a_template']!(context(), vm, true);
    expect(refusal(() => assertVmOperation(store, vm, 'clean_shutdown'))).toEqual(['VM_IS_TEMPLATE', vm]);
    expect(refusal(() => assertVmOperation(store, 'OpaqueRef:no' as typeof vm, 'start'))).toEqual(['HANDLE_INVALID', 'VM', 'OpaqueRef:no']);
    expect(refusal(() => assertVmOperation(store, vm, 'pool_migrate'))?.[0]).toBe('OPERATION_NOT_ALLOWED');
  });
  it('names the operation that is in the way', async () => {
    const { desk, store, context, newVm } = await makeBench();
    const vm = await newVm();
    const first = context();
    let goOn = (): void => {};
    const running = desk.lock.run(first, vm, 'start', () => new Promise<void>(ok => { goOn = ok; }));
    expect(store.get('VM', vm).current_operations).toEqual({ [first.task.ref]: 'start' });
    await expect(desk.lock.run(context(), vm, 'start', () => {})).rejects.toMatchObject({ code: 'OTHER_OPERATION_IN_PROGRESS', params: ['VM', vm, 'start', first.task.ref] });
    goOn();
    await running;
    expect(store.get('VM', vm).current_operations).toEqual({});
  });
  it('removes its entry when the work fails, and says a driver\'s error in XenAPI\'s words', async () => {
    const { desk, store, context, newVm } = await makeBench();
    const vm = await newVm();
    await expect(desk.lock.run(context(), vm, 'start', () => { throw new Error('odd'); })).rejects.toMatchObject({ code: 'INTERNAL_ERROR', params: ['odd'] });
    expect(store.get('VM', vm).current_operations).toEqual({});
  });
});
