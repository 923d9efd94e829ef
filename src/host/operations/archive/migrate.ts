import { X509Certificate } from 'node:crypto';
import { ApiError, isNull, nullRef, type Ref } from '../../../shared/api';
import type { CallContext, Handler, Handlers } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { runPlan } from '../plan';
import { theHost } from '../vm/power';
import { issueTicket } from './arrivals';
import { askFor, beginDeparture, closeDeparture, finishDeparture, keep, settleDeparture, wordsFor, type Departure } from './departures';
import { exportXva } from './export';

/* A halted VM to another host, by XenAPI's own road: the other says in a token who may send (host.migrate_receive), and this one sends (VM.migrate_send). The bytes
 * go from host to host. A move is a copy that the other has confirmed whole; only then the VM goes here (departures.ts has what happens when one of the two dies in between). */

const receive = (desk: Desk): Handler<'host.migrate_receive'> => (context, host, network, _options) => {
  const { uuid } = desk.store.get('network', network), { address, port, certificatePem } = desk.identity;
  desk.store.get('host', host);
  return { host, address, port: String(port), ticket: issueTicket(desk, context.caller), network: uuid, fingerprint: new X509Certificate(certificatePem).fingerprint256, master: `https://${address.includes(':') ? `[${address}]` : address}:${port}` };
};

const send = (desk: Desk): Handler<'VM.migrate_send'> => async (context, vm, dest, _live, vdiMap, vifMap, options) => {
  const isCopy = options['copy'] === 'true';
  assertSendable(desk, vm, dest, isCopy);
  const sr = only(Object.values(vdiMap), 'vdi_map'), network = only(Object.values(vifMap), 'vif_map');
  const query = new URLSearchParams({ ticket: dest['ticket'] ?? '', restore: String(!isCopy), ...(isCopy ? {} : movedFrom(desk)), ...(sr === undefined ? {} : { sr_id: sr }), ...(network === undefined ? {} : { network }) });
  const path = `/import?${query.toString()}`, work = isCopy ? 'export' : 'migrate_send';
  return desk.lock.run(context, vm, work, signal => (isCopy ? sent(desk, context, vm, dest, path, signal) : moved(desk, context, vm, dest, path, signal)));
};

const moved = async (desk: Desk, context: CallContext, vm: Ref<'VM'>, dest: Token, path: string, signal: AbortSignal): Promise<Ref<'VM'>> => {
  const departure: Departure = { vm: desk.store.get('VM', vm).uuid, disks: disksOf(desk, vm), to: placeOf(dest), ticket: dest['ticket'] ?? '' };
  let made = nullRef<'VM'>(), hasLeft = false;
  await runPlan([
    { name: 'announce', weight: 1, do: () => { beginDeparture(desk, departure); }, undo: async () => { if (hasLeft) await settleDeparture(desk, departure); else keep(desk, departure); } },
    {
      name: 'send', weight: 99,
      do: async stop => {
        try { made = await sent(desk, context, vm, dest, path, stop, () => { hasLeft = true; }); } catch (error) {
          if (!hasLeft) throw error;
          // The answer may have been lost, and not the VM.
          const outcome = await askFor(desk, departure);
          if (outcome.state === 'unknown') throw new ApiError('VM_MIGRATE_FAILED', vm, theHost(desk.store), String(dest['host']), wordsFor(departure));
          if (outcome.state === 'refused') throw error;
          made = outcome.vm;
        }
      },
    },
    // It is there now, whatever is cancelled here.
    { name: 'remove', weight: 0, do: () => finishDeparture(desk, departure) },
    { name: 'close the journal', weight: 0, do: () => closeDeparture(desk, departure) },
  ], { of: 'VM.migrate_send', signal, progress: () => { /* by bytes */ }, log: desk.log });
  return made;
};

type Token = Readonly<Record<string, string>>;
const placeOf = (dest: Token): Departure['to'] => ({ address: dest['address'] ?? '', port: Number(dest['port']), fingerprint: dest['fingerprint'] ?? '' });
/** What goes with it, by uuid. */
const disksOf = (desk: Desk, vm: Ref<'VM'>): readonly string[] =>
  desk.store.get('VM', vm).VBDs.map(ref => desk.store.get('VBD', ref)).filter(({ type, mode, VDI: vdi }) => type === 'Disk' && mode === 'RW' && !isNull(vdi)).map(({ VDI: vdi }) => desk.store.get('VDI', vdi).uuid);

/** For the other host to say where it came from; one of another kind does not look at it. */
export const MOVED_FROM = { uuid: 'moved_from_uuid', name: 'moved_from_name' } as const;
const movedFrom = ({ store }: Desk): Readonly<Record<string, string>> => {
  const { uuid, name_label } = store.get('host', theHost(store));
  return { [MOVED_FROM.uuid]: uuid, [MOVED_FROM.name]: name_label };
};

const sent = async (desk: Desk, context: CallContext, vm: Ref<'VM'>, dest: Token, path: string, signal: AbortSignal, leaves = (): void => {}): Promise<Ref<'VM'>> => {
  let answer = { status: 0, text: '' };
  await exportXva(desk, context, [vm], signal, async make => { answer = await translated({ vm }, () => desk.transfer.push(placeOf(dest), path, telling(make(), leaves), signal)); });
  const made = /^<value><array><data><value>(OpaqueRef:[-0-9a-f]{36})</.exec(answer.text)?.[1];
  if (made !== undefined) return made as Ref<'VM'>;
  const [code = '', ...params] = wordsOf(answer.text);
  throw new ApiError('VM_MIGRATE_FAILED', vm, theHost(desk.store), String(dest['host']), code === '' ? `the other host answered ${answer.status}` : [code, ...params].join(' '));
};

/** The other host is asked for the first byte. */
async function* telling(bytes: AsyncIterable<Buffer>, first: () => void): AsyncGenerator<Buffer> { first(); yield* bytes; }

const wordsOf = (text: string): readonly string[] => {
  try { const parsed: unknown = JSON.parse(text); return Array.isArray(parsed) ? parsed.map(String) : []; } catch { return []; }
};

const assertSendable = (desk: Desk, vm: Ref<'VM'>, dest: Token, isCopy: boolean): void => {
  const { power_state, snapshots } = desk.store.get('VM', vm);
  if (power_state !== 'Halted') throw new ApiError('VM_BAD_POWER_STATE', vm, 'halted', power_state.toLowerCase());
  if (snapshots.length > 0 && !isCopy) throw new ApiError('OPERATION_NOT_ALLOWED', 'snapshots do not travel: delete them first, or copy the VM');
  for (const key of ['address', 'port', 'fingerprint', 'ticket']) if (dest[key] === undefined || dest[key] === '') throw new ApiError('INVALID_VALUE', `dest:${key}`, '');
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
