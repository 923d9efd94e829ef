/* What goes with a VM when it is uninstalled: its own disks, not its CDs, and not a disk that another VM uses, too. */
import { isNull, type Ref } from '../shared/api';
import type { Client } from '../client';
import { finish } from './task';
import type { Context } from './verb';

export interface OwnDisk { ref: Ref<'VDI'>; vbd: Ref<'VBD'>; uuid: string; name: string }

export const disksOf = async (client: Client, vm: Ref<'VM'>): Promise<OwnDisk[]> => {
  const disks: OwnDisk[] = [];
  for (const vbd of await client.call('VM.get_VBDs', vm)) {
    const { type, mode, VDI } = await client.call('VBD.get_record', vbd);
    if (type !== 'Disk' || mode !== 'RW' || isNull(VDI)) continue;
    const { uuid, name_label, VBDs } = await client.call('VDI.get_record', VDI);
    if (VBDs.every(other => other === vbd)) disks.push({ ref: VDI, vbd, uuid, name: name_label });
  }
  return disks;
};

export const removeVm = async (context: Context, vm: Ref<'VM'>, disks: readonly OwnDisk[]): Promise<void> => {
  const { client } = context;
  await finish(context, 'Deleting the VM', await client.call('Async.VM.destroy', vm));
  for (const { ref, vbd, name } of disks) {
    // While the person was asked, another VM may have come to use it.
    if ((await client.call('VDI.get_record', ref)).VBDs.some(other => other !== vbd)) continue;
    await finish(context, `Deleting ${name}`, await client.call('Async.VDI.destroy', ref));
  }
};
