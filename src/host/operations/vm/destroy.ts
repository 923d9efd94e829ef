import { isNull, type Ref } from '../../../shared/api';
import type { Transaction } from '../../store/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';

/** The VM's own records go; its VDIs stay, as XenAPI has it. */
export const destroy = (desk: Desk): Handler<'VM.destroy'> => (context, vm) =>
  desk.lock.run(context, vm, 'destroy', () => { desk.store.transaction(tx => { dropVm(tx, vm); }); });

export const dropVm = (tx: Transaction, ref: Ref<'VM'>): void => {
  const vm = tx.get('VM', ref);
  for (const vbd of vm.VBDs) tx.destroy('VBD', vbd);
  for (const vif of vm.VIFs) tx.destroy('VIF', vif);
  for (const console of vm.consoles) tx.destroy('console', console);
  if (!isNull(vm.metrics) && tx.find('VM_metrics', vm.metrics)) tx.destroy('VM_metrics', vm.metrics);
  if (!isNull(vm.guest_metrics) && tx.find('VM_guest_metrics', vm.guest_metrics)) tx.destroy('VM_guest_metrics', vm.guest_metrics);
  tx.destroy('VM', ref);
};
