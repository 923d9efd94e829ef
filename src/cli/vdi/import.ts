import path from 'node:path';
import type { Ref } from '../../shared/api';
import { openFile } from '../../client';
import { FILENAME, send } from '../transfer';
import { print, UsageError, type Verb } from '../verb';

const FORMATS: Readonly<Record<string, string>> = { '.vhd': 'vhd', '.vhdx': 'vhdx', '.vmdk': 'vmdk', '.qcow2': 'qcow2' };

export const vdiImport: Verb = {
  name: 'vdi-import',
  summary: 'fills a disk from a file, or makes a new one of it and prints its uuid',
  parameters: [
    FILENAME,
    { name: 'uuid', about: 'the VDI that is overwritten' },
    { name: 'sr-uuid', about: 'where a new one is made' },
    { name: 'name-label', about: 'the name of a new one; without it that of the file' },
    { name: 'format', about: 'raw, vhd, vhdx, vmdk or qcow2; without it by the name of the file' },
    { name: 'resume', about: 'true: keeps what has come when it breaks off, and goes on there (raw, with uuid=)' },
  ],
  flags: [],
  run: async context => {
    const { client, terminal, values } = context, file = values.get('filename') ?? '', uuid = values.get('uuid'), sr = values.get('sr-uuid'), resume = values.get('resume') === 'true';
    const format = values.get('format') ?? FORMATS[path.extname(file).toLowerCase()] ?? 'raw';
    if ((uuid === undefined) === (sr === undefined)) throw new UsageError('either uuid= or sr-uuid=');
    if (resume && (uuid === undefined || format !== 'raw')) throw new UsageError('only raw bytes into a disk that is there (uuid=) can be resumed');
    if (uuid === undefined) {
      const made = await send(context, 'Importing', '/import_raw_vdi', { sr_uuid: sr ?? '', format, name_label: values.get('name-label') ?? path.basename(file) }, openFile);
      print(terminal.stdout, await client.call('VDI.get_uuid', made as Ref<'VDI'>));
      return;
    }
    const vdi = await client.call('VDI.get_by_uuid', uuid), offset = resume ? Number((await client.call('VDI.get_other_config', vdi))['upload_offset'] ?? 0) : 0;
    await send(context, 'Importing', '/import_raw_vdi', { vdi, format, ...(resume ? { offset: String(offset) } : {}) }, openFile, offset);
  },
};
