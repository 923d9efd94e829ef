import { nullRef } from '../../shared/api';
import { optionalRef } from '../pick';
import { onOne } from '../actions';
import { SNAPSHOT } from '../kinds';

export const snapshotCopy = onOne(SNAPSHOT, {
  name: 'snapshot-copy', summary: 'makes a template with disks of its own of a snapshot, and prints its uuid', title: 'Copying', makes: 'VM', by: ['snapshot-uuid'],
  parameters: [{ name: 'new-name-label', about: 'the name of the template', required: true }, { name: 'sr-uuid', about: 'where its disks go; without it beside the originals' }],
  call: async (context, ref) => context.client.call('Async.VM.copy', ref, context.values.get('new-name-label') ?? '', await optionalRef(context, 'SR', 'sr-uuid') ?? nullRef<'SR'>()),
});
