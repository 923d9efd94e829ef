import type { MachineSpec } from '../contract';
import { limitDisk } from './hot-disks';
import { balloon, watchMemory } from './hot-memory';
import { linkNic } from './hot-nics';
import type { Machine } from './machine';

/** What QEMU takes only when it runs: limits of disks, cables that are out, the balloon. */
export const firstSettings = async (machine: Machine, { disks, nics, memoryBytes, memoryTargetBytes = memoryBytes, restoreFrom }: MachineSpec): Promise<void> => {
  if (machine.power.at !== 'running' && machine.power.at !== 'paused') return; // a guest that was quick
  await watchMemory(machine);
  for (const { userdevice, limits } of disks) if (limits) await limitDisk(machine, userdevice, limits);
  for (const { device, linkDown } of nics) if (linkDown === true) await linkNic(machine, device, false);
  // A saved machine brings its balloon along.
  if (memoryTargetBytes < memoryBytes && restoreFrom === undefined) await balloon(machine, memoryTargetBytes);
};
