import type { MachineDevices } from '../contract';
import { currentNode, dropUnusedNodes } from './block-nodes';
import { vcpus } from './hot-cpus';
import { devices } from './hot-unplug';
import type { Machine } from './machine';

/** What a machine that runs really has. Images that a killed service had opened for a disk that was never plugged in are let go. */
export const deviceList = async (machine: Machine): Promise<MachineDevices> => {
  const ids = await devices(machine);
  const disks = await Promise.all(ids.flatMap(id => {
    const [, kind, userdevice] = /^(vbd|cd)(\d+)$/.exec(id) ?? [];
    return userdevice === undefined ? [] : [(async () => ({
      userdevice, kind: kind === 'cd' ? 'CD' as const : 'Disk' as const, empty: await currentNode(machine, userdevice) === undefined,
    }))()];
  }));
  const nodes = await machine.command('query-named-block-nodes', { flat: true }) as readonly { 'node-name'?: string }[];
  const opened = new Set(nodes.flatMap(({ 'node-name': node = '' }) => /^disk(\d+)(?:-|$)/.exec(node)?.[1] ?? []));
  for (const userdevice of opened) if (!disks.some(disk => disk.userdevice === userdevice)) await dropUnusedNodes(machine, userdevice);
  return { disks, nics: ids.flatMap(id => /^vif(\d+)$/.exec(id)?.[1] ?? []), vcpus: await vcpus(machine) };
};
