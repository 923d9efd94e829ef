import { hostOf, mapOf } from '../pick';
import { bytesOf } from '../sizes';
import { making } from '../actions';

export const srCreate = making({
  name: 'sr-create', summary: 'makes a storage repository, and prints its uuid', title: 'Creating', makes: 'SR',
  parameters: [
    { name: 'name-label', about: 'its name', required: true },
    { name: 'type', about: 'dir, nfs, iso, lvm, iscsi, ...: sm-list lists them', required: true },
    { name: 'name-description', about: 'what it is for' },
    { name: 'content-type', about: 'user, or iso for a library of CDs' },
    { name: 'shared', about: 'true: other hosts use it, too' },
    { name: 'host-uuid', about: 'which host, where there are several' },
    { name: 'physical-size', about: 'in bytes; without it as large as it is' },
    { name: 'device-config', about: 'where it is: device-config:location=/srv/disks', keys: true },
    { name: 'sm-config', about: 'more for the driver', keys: true },
  ],
  call: async context => {
    const { client, values } = context, { type = '', content = 'user' } = { type: values.get('type'), content: values.get('content-type') };
    return client.call('Async.SR.create', await hostOf(context), mapOf(values, 'device-config'), bytesOf('physical-size', values.get('physical-size') ?? '0'), values.get('name-label') ?? '', values.get('name-description') ?? '', type, content, values.get('shared') === 'true', mapOf(values, 'sm-config'));
  },
});
