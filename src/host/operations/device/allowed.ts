import type { Records, VbdOperations, VifOperations } from '../../../shared/api';
import type { Reader } from '../../store/contract';
import { isUp, vmBusy } from './state';

/* What can be done to a disk, a drive or a network card now. `attach` says that the next start of the VM will. */

export const ofVbd = (reader: Reader, vbd: Readonly<Records['VBD']>): readonly VbdOperations[] => {
  const vm = reader.find('VM', vbd.VM);
  if (!vm || vm.is_a_snapshot || Object.keys(vbd.current_operations).length > 0 || vmBusy(vm)) return [];
  const medium: readonly VbdOperations[] = vbd.type !== 'CD' ? [] : [vbd.empty ? 'insert' : 'eject'];
  if (vm.power_state === 'Halted') return ['attach', ...medium];
  if (!isUp(vm)) return [];
  if (vbd.currently_attached) return vbd.type === 'CD' ? medium : vm.power_state === 'Running' && vbd.unpluggable ? ['unplug', 'unplug_force'] : [];
  return vbd.type === 'CD' || vbd.empty ? [] : ['attach', 'plug'];
};

export const ofVif = (reader: Reader, vif: Readonly<Records['VIF']>): readonly VifOperations[] => {
  const vm = reader.find('VM', vif.VM);
  if (!vm || vm.is_a_snapshot || Object.keys(vif.current_operations).length > 0 || vmBusy(vm)) return [];
  if (vm.power_state === 'Halted') return ['attach'];
  if (!isUp(vm)) return [];
  if (vif.currently_attached) return vm.power_state === 'Running' ? ['unplug'] : [];
  return ['attach', 'plug'];
};
