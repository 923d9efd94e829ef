import { newVbd } from '../../shared/rules/new-records';
import { neededRef, optionalRef } from '../pick';
import { making } from '../actions';

export const vbdCreate = making({
  name: 'vbd-create', summary: 'gives a VM a disk or a CD drive, and prints the uuid of the VBD', title: 'Creating', makes: 'VBD',
  parameters: [
    { name: 'vm-uuid', about: 'the VM', required: true },
    { name: 'vdi-uuid', about: 'the disk; without it an empty CD drive' },
    { name: 'device', about: 'its place; the next free one without it' },
    { name: 'type', about: 'Disk or CD' },
    { name: 'mode', about: 'RW or RO' },
    { name: 'bootable', about: 'true: the VM boots from it' },
    { name: 'unpluggable', about: 'false: stays while the VM runs' },
  ],
  call: async context => {
    const { values } = context, type = values.get('type')?.toLowerCase() === 'cd' ? 'CD' : 'Disk', isReadOnly = type === 'CD' || values.get('mode')?.toUpperCase() === 'RO';
    return context.client.call('Async.VBD.create', newVbd({
      VM: await neededRef(context, 'VM', 'vm-uuid'), VDI: await optionalRef(context, 'VDI', 'vdi-uuid'), userdevice: values.get('device') ?? 'autodetect', bootable: values.get('bootable') === 'true', mode: isReadOnly ? 'RO' : 'RW', type, unpluggable: values.get('unpluggable') !== 'false',
    }));
  },
});
