import { isNull, type Ref } from '../../shared/api';
import { newVbd, newVdi } from '../../shared/rules/new-records';
import { waitForTask } from '../../client';
import { optionalRef } from '../pick';
import { bytesOf } from '../sizes';
import { finish } from '../task';
import { CannotError, print, type Context, type Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

export const vmDiskAdd: Verb = {
  name: 'vm-disk-add', summary: 'gives a VM a new disk, at once where it runs; prints the uuid of the VDI', flags: [],
  parameters: [...VM_PARAMETERS, { name: 'disk-size', about: 'in bytes, or with MiB or GiB behind', required: true }, { name: 'sr-uuid', about: 'where it is made; without it the default repository' }, { name: 'device', about: 'its place; the next free one without it' }, { name: 'name-label', about: 'its name' }],
  run: async context => {
    const { client, values, terminal } = context, VM = await vmOf(context), { name_label: vmName, power_state } = await client.call('VM.get_record', VM), [free] = await client.call('VM.get_allowed_VBD_devices', VM), userdevice = values.get('device') ?? free;
    if (userdevice === undefined) throw new CannotError('this VM has no room for another disk');
    const SR = await optionalRef(context, 'SR', 'sr-uuid') ?? await defaultSr(context);
    const disk = newVdi({ name_label: values.get('name-label') ?? `${vmName} ${userdevice}`, SR, virtual_size: bytesOf('disk-size', values.get('disk-size') ?? '') });
    const VDI = await finish(context, 'Creating', await client.call('Async.VDI.create', disk)) as Ref<'VDI'>;
    try {
      const made = await client.call('VBD.create', newVbd({ VM, VDI, userdevice }));
      if (power_state === 'Running') await finish(context, 'Attaching', await client.call('Async.VBD.plug', made));
    } catch (error) {
      // A disk that nobody can see is of no use to anybody. One that is attached stays.
      if ((await client.call('VDI.get_VBDs', VDI)).length === 0) await waitForTask(client, await client.call('Async.VDI.destroy', VDI));
      throw error;
    }
    print(terminal.stdout, await client.call('VDI.get_uuid', VDI));
  },
};

const defaultSr = async ({ client }: Context): Promise<Ref<'SR'>> => {
  const [pool] = Object.values(await client.call('pool.get_all_records'));
  if (pool === undefined || isNull(pool.default_SR)) throw new CannotError('there is no default repository: give sr-uuid=');
  return pool.default_SR;
};
