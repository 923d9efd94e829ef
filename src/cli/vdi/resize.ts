import { onOne } from '../actions';
import { bytesOf } from '../sizes';

export const vdiResize = onOne('VDI', {
  name: 'vdi-resize', summary: 'makes a disk larger, also while a VM uses it', title: 'Growing',
  parameters: [{ name: 'disk-size', about: 'in bytes, or with MiB or GiB behind', required: true }],
  call: async ({ client, values }, vdi) => {
    const size = bytesOf('disk-size', values.get('disk-size') ?? ''), attached = await Promise.all((await client.call('VDI.get_VBDs', vdi)).map(vbd => client.call('VBD.get_currently_attached', vbd)));
    return attached.includes(true) ? client.call('Async.VDI.resize_online', vdi, size) : client.call('Async.VDI.resize', vdi, size);
  },
});
