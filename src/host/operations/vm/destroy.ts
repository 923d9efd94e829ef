import { isNull, type Ref } from '../../../shared/api';
import type { Transaction } from '../../store/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { forgetFirstBoot } from './first-boot';
import { forgetInstall } from './installer/forget';
import { dropWithKept } from './kept';
import { beginDrop, releaseDropped } from './suspend-image';

/** The VM's own records go, its suspended memory, and what its machine kept; its VDIs stay, as XenAPI has it. */
export const destroy = (desk: Desk): Handler<'VM.destroy'> => (context, vm) =>
  desk.lock.run(context, vm, 'destroy', () => remove(desk, vm));

/** For who has it locked. */
export const remove = async (desk: Desk, vm: Ref<'VM'>): Promise<void> => {
  const { uuid, suspend_VDI, other_config } = desk.store.get('VM', vm), memory = beginDrop(desk, suspend_VDI);
  await dropWithKept(desk, uuid, () => { desk.store.transaction(tx => { dropVm(tx, vm); }); });
  forgetFirstBoot(desk, uuid);
  await releaseDropped(desk, [memory]);
  await forgetInstall(desk, uuid, other_config);
};

export const dropVm = (tx: Transaction, ref: Ref<'VM'>): void => {
  const vm = tx.get('VM', ref);
  for (const vbd of vm.VBDs) tx.destroy('VBD', vbd);
  for (const vif of vm.VIFs) tx.destroy('VIF', vif);
  for (const vtpm of vm.VTPMs) tx.destroy('VTPM', vtpm);
  for (const console of vm.consoles) tx.destroy('console', console);
  if (!isNull(vm.metrics) && tx.find('VM_metrics', vm.metrics)) tx.destroy('VM_metrics', vm.metrics);
  if (!isNull(vm.guest_metrics) && tx.find('VM_guest_metrics', vm.guest_metrics)) tx.destroy('VM_guest_metrics', vm.guest_metrics);
  for (const child of vm.children) tx.set('VM', child, { parent: vm.parent }); // the tree of snapshots closes the gap
  tx.destroy('VM', ref);
};
