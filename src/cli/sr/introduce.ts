import { mapOf } from '../pick';
import { making } from '../actions';

export const srIntroduce = making({
  name: 'sr-introduce', summary: 'makes a storage repository known again that was forgotten, and prints its uuid', title: 'Introducing', makes: 'SR',
  parameters: [
    { name: 'uuid', about: 'the uuid that it has', required: true },
    { name: 'name-label', about: 'its name', required: true },
    { name: 'type', about: 'its driver', required: true },
    { name: 'name-description', about: 'what it is for' },
    { name: 'content-type', about: 'user, or iso for a library of CDs' },
    { name: 'shared', about: 'true: other hosts use it, too' },
    { name: 'sm-config', about: 'more for the driver', keys: true },
  ],
  call: ({ client, values }) => client.call('Async.SR.introduce', values.get('uuid') ?? '', values.get('name-label') ?? '', values.get('name-description') ?? '', values.get('type') ?? '', values.get('content-type') ?? 'user',
    values.get('shared') === 'true', mapOf(values, 'sm-config')),
});
