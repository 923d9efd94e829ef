import { newVbd } from '../../shared/rules/new-records';
import { CD_NAME, cdNamed } from '../cds';
import { CannotError, type Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

/* A running VM gets the drive at its next start: a CD drive cannot be plugged in. */

export const vmCdAdd: Verb = {
  name: 'vm-cd-add',
  summary: 'gives a VM a CD drive, with a CD in it',
  parameters: [CD_NAME, ...VM_PARAMETERS, { name: 'device', about: 'its place, one that is free; the next one without it' }],
  flags: [],
  run: async context => {
    const { client, values } = context, vm = await vmOf(context), [VDI] = await cdNamed(client, values.get('cd-name') ?? ''), free = await client.call('VM.get_allowed_VBD_devices', vm);
    const userdevice = values.get('device') ?? (free.includes('3') ? '3' : free.at(-1)); // where XenServer's clients look for it
    if (userdevice === undefined || !free.includes(userdevice)) throw new CannotError(`place ${userdevice ?? ''} of this VM is not free; free are ${free.join(', ')}`);
    await client.call('VBD.create', newVbd({ VM: vm, VDI, userdevice, bootable: true, type: 'CD' }));
  },
};
