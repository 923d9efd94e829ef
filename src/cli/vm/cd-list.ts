import { drivesOf } from '../drives';
import { DRIVE_LIST_PARAMETERS, listDrives } from '../drive-list';
import type { Verb } from '../verb';
import { vmOf } from '../vms';

export const vmCdList: Verb = {
  name: 'vm-cd-list', summary: 'lists the CD drives of a VM, and what is in them', parameters: DRIVE_LIST_PARAMETERS, flags: ['minimal', 'json'],
  run: async context => listDrives(context, 'CD', (await drivesOf(context.client, await vmOf(context), 'CD')).map(({ record }) => record), { vbd: ['uuid', 'empty', 'userdevice'], vdi: ['uuid', 'name-label', 'virtual-size'] }),
};
