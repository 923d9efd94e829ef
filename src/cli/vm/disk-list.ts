import { drivesOf } from '../drives';
import { DRIVE_LIST_PARAMETERS, listDrives } from '../drive-list';
import type { Verb } from '../verb';
import { vmOf } from '../vms';

export const vmDiskList: Verb = {
  name: 'vm-disk-list', summary: 'lists the disks of a VM', parameters: DRIVE_LIST_PARAMETERS, flags: ['minimal', 'json'],
  run: async context => listDrives(context, 'Disk', (await drivesOf(context.client, await vmOf(context), 'Disk')).map(({ record }) => record), { vbd: ['uuid', 'vm-name-label', 'userdevice'], vdi: ['uuid', 'name-label', 'sr-name-label', 'virtual-size'] }),
};
