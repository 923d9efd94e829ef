import type { Ref } from '../../shared/api';
import { openArchive } from '../../client';
import { FILENAME, send, sendResumable } from '../transfer';
import { print, type Verb } from '../verb';

export const vmImport: Verb = {
  name: 'vm-import',
  summary: 'makes VMs of a file (XVA, OVA, or OVF with its disks beside it), and prints their uuids',
  parameters: [
    FILENAME,
    { name: 'sr-uuid', about: 'where its disks go; without it the default repository' },
    { name: 'network-uuid', about: 'where its network cards go; without it to networks of the same names' },
    { name: 'preserve', about: 'true: with the uuid and the MAC addresses that it had' },
    { name: 'force', about: 'true: takes what is damaged or of a newer version' },
    { name: 'metadata', about: 'true: the file holds only settings, the disks are here' },
    { name: 'resume', about: 'goes on with an import that broke off, as it said' },
  ],
  flags: [],
  run: async context => {
    const { client, terminal, values } = context, sr = values.get('sr-uuid'), network = values.get('network-uuid');
    const query = { ...(sr === undefined ? {} : { sr_uuid: sr }), ...(network === undefined ? {} : { network }), restore: values.get('preserve') ?? 'false', force: values.get('force') ?? 'false' };
    const result = values.get('metadata') === 'true' ? await send(context, 'Importing', '/import_metadata', query, openArchive) : await sendResumable(context, 'Importing', '/import', query, values.get('resume'));
    for (const [vm] of result.matchAll(/OpaqueRef:[-0-9a-f]{36}/g)) print(terminal.stdout, await client.call('VM.get_uuid', vm as Ref<'VM'>));
  },
};
