import { X509Certificate } from 'node:crypto';
import { ApiError, isNull, type Ref } from '../../../shared/api';
import type { CallContext, Handler, Handlers } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { release } from '../vdi/lineage';
import { destroy } from '../vm/destroy';
import { theHost } from '../vm/power';
import { exportVm } from './export';

/* A halted VM to another host, by XenAPI's own road: the other says in a token who may send (host.migrate_receive), and this one sends (VM.migrate_send). The bytes
 * go from host to host. A move is a copy that the other has confirmed whole; only then the VM goes here. */

/** The session is the caller's own: it must last until the VM has arrived. */
const receive = (desk: Desk): Handler<'host.migrate_receive'> => (context, host, network, _options) => {
  const { uuid } = desk.store.get('network', network), { address, port, certificatePem } = desk.identity;
  desk.store.get('host', host);
  return { host, address, port: String(port), session_id: context.caller.session, network: uuid, fingerprint: new X509Certificate(certificatePem).fingerprint256, master: `https://${address.includes(':') ? `[${address}]` : address}:${port}` };
};

const send = (desk: Desk): Handler<'VM.migrate_send'> => async (context, vm, dest, _live, vdiMap, vifMap, options) => {
  const isCopy = options['copy'] === 'true';
  assertSendable(desk, vm, dest, isCopy);
  const sr = only(Object.values(vdiMap), 'vdi_map'), network = only(Object.values(vifMap), 'vif_map');
  const query = new URLSearchParams({ session_id: dest['session_id'] ?? '', restore: String(!isCopy), ...(sr === undefined ? {} : { sr_id: sr }), ...(network === undefined ? {} : { network }) });
  const made = await sent(desk, context, vm, dest, `/import?${query.toString()}`);
  if (!isCopy) await remove(desk, context, vm);
  return made;
};

const sent = async (desk: Desk, context: CallContext, vm: Ref<'VM'>, dest: Readonly<Record<string, string>>, path: string): Promise<Ref<'VM'>> => {
  let answer = { status: 0, text: '' };
  await exportVm(desk)(context, vm, { format: 'xva', compression: 'none', includeSnapshots: false }, async bytes => {
    answer = await translated({ vm }, () => desk.transfer.push({ address: dest['address'] ?? '', port: Number(dest['port']), fingerprint: dest['fingerprint'] ?? '' }, path, bytes, context.task.signal));
  });
  const made = /^<value><array><data><value>(OpaqueRef:[-0-9a-f]{36})</.exec(answer.text)?.[1];
  if (made !== undefined) return made as Ref<'VM'>;
  const [code = '', ...params] = wordsOf(answer.text);
  throw new ApiError('VM_MIGRATE_FAILED', vm, theHost(desk.store), String(dest['host']), code === '' ? `the other host answered ${answer.status}` : [code, ...params].join(' '));
};

const wordsOf = (text: string): readonly string[] => {
  try { const parsed: unknown = JSON.parse(text); return Array.isArray(parsed) ? parsed.map(String) : []; } catch { return []; }
};

/** What is only here: its disks, but none that another VM uses. */
const remove = async (desk: Desk, context: CallContext, vm: Ref<'VM'>): Promise<void> => {
  const disks = desk.store.get('VM', vm).VBDs.map(ref => desk.store.get('VBD', ref)).filter(({ type, mode, VDI: vdi }) => type === 'Disk' && mode === 'RW' && !isNull(vdi)).map(({ VDI: vdi }) => vdi);
  await destroy(desk)(context, vm);
  for (const vdi of disks) if (desk.store.find('VDI', vdi)?.VBDs.length === 0) await release(desk, vdi);
};

const assertSendable = (desk: Desk, vm: Ref<'VM'>, dest: Readonly<Record<string, string>>, isCopy: boolean): void => {
  const { power_state, snapshots } = desk.store.get('VM', vm);
  if (power_state !== 'Halted') throw new ApiError('VM_BAD_POWER_STATE', vm, 'halted', power_state.toLowerCase());
  if (snapshots.length > 0 && !isCopy) throw new ApiError('OPERATION_NOT_ALLOWED', 'snapshots do not travel: delete them first, or copy the VM');
  for (const key of ['address', 'port', 'fingerprint', 'session_id']) if (dest[key] === undefined || dest[key] === '') throw new ApiError('INVALID_VALUE', `dest:${key}`, '');
};

/** An archive goes to one repository, and to one network. */
const only = (refs: readonly string[], name: string): string | undefined => {
  const [first, ...others] = new Set(refs);
  if (others.length > 0) throw new ApiError('VALUE_NOT_SUPPORTED', name, others[0] ?? '', 'all go to the same place');
  return first;
};

export const migration = (desk: Desk): Handlers => ({
  'host.migrate_receive': receive(desk),
  'VM.migrate_send': send(desk),
  'VM.assert_can_migrate': (_context, vm, dest, _live, vdiMap, vifMap, options) => { assertSendable(desk, vm, dest, options['copy'] === 'true'); only(Object.values(vdiMap), 'vdi_map'); only(Object.values(vifMap), 'vif_map'); },
});
