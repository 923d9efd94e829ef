import { connect, parseAddress } from '../../client';
import type { Ref } from '../../shared/api';
import { disksOf } from '../removal';
import { finish } from '../task';
import { firstLineOf } from '../text-file';
import { CannotError, print, UsageError, type Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';
import { silenceInWords } from '../words';

export const vmMigrate: Verb = {
  name: 'vm-migrate',
  summary: 'moves a halted VM to another host, or copies it there; prints its uuid',
  parameters: [
    ...VM_PARAMETERS,
    { name: 'remote-master', about: 'the other host: ADDRESS[:PORT]', required: true },
    { name: 'remote-username', about: 'who logs in there (root)' },
    { name: 'remote-password-file', about: 'a file with the password', required: true },
    { name: 'remote-fingerprint', about: 'the certificate that it must show (SHA-256)', required: true },
    { name: 'remote-sr-uuid', about: 'where its disks go there; without it the default repository' },
    { name: 'copy', about: 'true: the VM stays here as well' },
  ],
  flags: [],
  run: async context => {
    const { client, values, terminal } = context, vm = await vmOf(context), address = parseAddress(values.get('remote-master') ?? '');
    if (!address) throw new UsageError('remote-master= is ADDRESS[:PORT]');
    const password = firstLineOf('remote-password-file', values.get('remote-password-file') ?? '');
    const outcome = await connect({ address, user: values.get('remote-username') ?? 'root', password, originator: 'xe', signal: terminal.signal, fingerprint: values.get('remote-fingerprint') ?? '' });
    if (outcome.outcome !== 'connected') throw new CannotError(`the other host: ${outcome.outcome === 'unreachable' ? silenceInWords(outcome.reason) : outcome.outcome}`);
    const other = outcome.client;
    try {
      const [host] = await other.call('host.get_all'), [network] = await other.call('network.get_all'), sr = values.get('remote-sr-uuid');
      if (!host || !network) throw new CannotError('the other host has no network');
      const dest = await other.call('host.migrate_receive', host, network, {});
      const to = sr === undefined ? undefined : await other.call('SR.get_by_uuid', sr);
      const vdis: Record<string, Ref<'SR'>> = {};
      if (to !== undefined) for (const { ref } of await disksOf(client, vm)) vdis[ref] = to;
      const made = await finish(context, 'Sending', await client.call('Async.VM.migrate_send', vm, dest, false, vdis, {}, { copy: values.get('copy') ?? 'false' })) as Ref<'VM'>;
      print(terminal.stdout, await other.call('VM.get_uuid', made));
    } finally { await other.close(); }
  },
};
