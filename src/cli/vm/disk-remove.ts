import { isNull } from '../../shared/api';
import { finish } from '../task';
import { CannotError, type Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

export const vmDiskRemove: Verb = {
  name: 'vm-disk-remove', summary: 'takes a disk away from a halted VM and deletes it', flags: [],
  parameters: [...VM_PARAMETERS, { name: 'device', about: 'its place: userdevice of vm-disk-list', required: true }],
  run: async context => {
    const { client, values } = context, device = values.get('device'), vbds = await client.call('VM.get_VBDs', await vmOf(context));
    for (const ref of vbds) {
      const { userdevice, type, VDI } = await client.call('VBD.get_record', ref);
      if (type !== 'Disk' || userdevice !== device) continue;
      if (!isNull(VDI) && (await client.call('VDI.get_VBDs', VDI)).length > 1) throw new CannotError('another VM uses this disk, too; vbd-destroy takes it away from this one only');
      await finish(context, 'Removing', await client.call('Async.VBD.destroy', ref));
      if (!isNull(VDI)) await finish(context, 'Deleting', await client.call('Async.VDI.destroy', VDI));
      return;
    }
    throw new CannotError(`this VM has no disk ${device ?? ''}`);
  },
};
