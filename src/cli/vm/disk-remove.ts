import { isNull } from '../../shared/api';
import { drivesOf } from '../drives';
import { finish } from '../task';
import { CannotError, type Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

export const vmDiskRemove: Verb = {
  name: 'vm-disk-remove', summary: 'takes a disk away from a halted VM and deletes it', flags: [],
  parameters: [...VM_PARAMETERS, { name: 'device', about: 'its place: userdevice of vm-disk-list', required: true }],
  run: async context => {
    const { client, values } = context, device = values.get('device') ?? '', drive = (await drivesOf(client, await vmOf(context), 'Disk')).find(({ record }) => record.userdevice === device);
    if (!drive) throw new CannotError(`this VM has no disk ${device}`);
    const { VDI: vdi } = drive.record;
    if (!isNull(vdi) && (await client.call('VDI.get_VBDs', vdi)).length > 1) throw new CannotError('another VM uses this disk, too; vbd-destroy takes it away from this one only');
    await finish(context, 'Removing', await client.call('Async.VBD.destroy', drive.ref));
    if (!isNull(vdi)) await finish(context, 'Deleting', await client.call('Async.VDI.destroy', vdi));
  },
};
