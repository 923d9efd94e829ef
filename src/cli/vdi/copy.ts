import { nullRef } from '../../shared/api';
import { optionalRef } from '../pick';
import { UsageError } from '../verb';
import { onOne } from '../actions';

export const vdiCopy = onOne('VDI', {
  name: 'vdi-copy', summary: 'makes a full copy of a disk, and prints its uuid', title: 'Copying', makes: 'VDI',
  parameters: [{ name: 'sr-uuid', about: 'where the copy goes' }, { name: 'into-vdi-uuid', about: 'the disk that it is written to' }, { name: 'base-vdi-uuid', about: 'only what differs from this disk is written' }],
  call: async (context, vdi) => {
    const into = await optionalRef(context, 'VDI', 'into-vdi-uuid'), sr = await optionalRef(context, 'SR', 'sr-uuid');
    if ((into === undefined) === (sr === undefined)) throw new UsageError('either sr-uuid= or into-vdi-uuid=');
    return context.client.call('Async.VDI.copy', vdi, sr ?? nullRef<'SR'>(), await optionalRef(context, 'VDI', 'base-vdi-uuid') ?? nullRef<'VDI'>(), into ?? nullRef<'VDI'>());
  },
});
