import { newVdi } from '../../shared/rules/new-records';
import { mapOf, neededRef } from '../pick';
import { bytesOf } from '../sizes';
import { making } from '../actions';

export const vdiCreate = making({
  name: 'vdi-create', summary: 'makes an empty disk, and prints its uuid', title: 'Creating', makes: 'VDI',
  parameters: [
    { name: 'name-label', about: 'its name', required: true },
    { name: 'sr-uuid', about: 'where it is made', required: true },
    { name: 'virtual-size', about: 'in bytes, or with MiB or GiB behind', required: true },
    { name: 'name-description', about: 'what it is for' },
    { name: 'sharable', about: 'true: several VMs may write to it at the same time' },
    { name: 'other-config', about: 'more', keys: true },
    { name: 'sm-config', about: 'more for the driver', keys: true },
  ],
  call: async context => {
    const { values } = context, size = bytesOf('virtual-size', values.get('virtual-size') ?? '');
    return context.client.call('Async.VDI.create', newVdi({
      name_label: values.get('name-label') ?? '', name_description: values.get('name-description') ?? '', SR: await neededRef(context, 'SR', 'sr-uuid'), virtual_size: size, sharable: values.get('sharable') === 'true', other_config: mapOf(values, 'other-config'), sm_config: mapOf(values, 'sm-config'),
    }));
  },
});
