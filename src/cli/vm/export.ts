import { FILENAME, receive } from '../transfer';
import { UsageError, type Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

export const vmExport: Verb = {
  name: 'vm-export',
  summary: 'writes a VM, or a snapshot, into a file (XVA or OVA)',
  parameters: [
    ...VM_PARAMETERS, FILENAME,
    { name: 'format', about: 'xva (without it) or ova' },
    { name: 'compress', about: 'gzip, zstd, or true (gzip)' },
    { name: 'include-snapshots', about: 'true: with its snapshots' },
    { name: 'resume', about: 'true: keeps what has come when it breaks off, and goes on with it' },
    { name: 'metadata', about: 'true: only its settings, not its disks' },
  ],
  flags: ['force'],
  run: async context => {
    const { values } = context, compress = values.get('compress'), ref = await vmOf(context);
    if (compress !== undefined && !['gzip', 'zstd', 'true', 'false'].includes(compress)) throw new UsageError('compress= is gzip, zstd, true or false');
    if (values.get('metadata') === 'true') { await receive(context, 'Exporting', '/export_metadata', { ref, export_snapshots: values.get('include-snapshots') ?? 'false' }); return; }
    await receive(context, 'Exporting', '/export', { ref, format: values.get('format') ?? 'xva', ...(compress === undefined ? {} : { use_compression: compress }), include_snapshots: values.get('include-snapshots') ?? 'false' }, values.get('resume') === 'true');
  },
};
