import { FILENAME, receive } from '../transfer';
import type { Verb } from '../verb';

export const vdiExport: Verb = {
  name: 'vdi-export',
  summary: 'writes a disk into a file',
  parameters: [
    { name: 'uuid', about: 'the uuid of the VDI', required: true }, FILENAME,
    { name: 'format', about: 'raw (without it), vhd, vhd-fixed, vhdx, qcow2 or vmdk' },
    { name: 'base', about: 'the uuid of another VDI: only what differs from it (vhd)' },
    { name: 'resume', about: 'true: goes on with a download that was interrupted' },
  ],
  flags: ['force'],
  run: async context => {
    const { values, client } = context, base = values.get('base'), vdi = await client.call('VDI.get_by_uuid', values.get('uuid') ?? '');
    await receive(context, 'Exporting', '/export_raw_vdi', { vdi, format: values.get('format') ?? 'raw', ...(base === undefined ? {} : { base }) }, values.get('resume') === 'true');
  },
};
