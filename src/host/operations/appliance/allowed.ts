import type { VmApplianceOperation, VmPowerState } from '../../../shared/api';
import type { Reader } from '../../store/contract';

/** The power states in which each operation has something to do. */
export const WANTS: Readonly<Record<VmApplianceOperation, readonly VmPowerState[]>> = {
  start: ['Halted'], clean_shutdown: ['Running'], hard_shutdown: ['Running', 'Paused', 'Suspended'], shutdown: ['Running', 'Paused'],
};

/** For allowed_operations: one at a time, and only what some VM of it can follow. */
export const allowedOfAppliance = (reader: Reader, self: string): readonly VmApplianceOperation[] | undefined => {
  const appliance = reader.find('VM_appliance', self);
  if (!appliance) return undefined;
  if (Object.keys(appliance.current_operations).length > 0) return [];
  const states = appliance.VMs.map(vm => reader.find('VM', vm)?.power_state);
  return (Object.keys(WANTS) as VmApplianceOperation[]).filter(operation => states.some(state => state !== undefined && WANTS[operation].includes(state)));
};
