import { type Ref, type VIFRecord, type VifLockingMode, type VMRecord } from '../../../../../shared/api';
import { CallFailed, failureOf, type Session } from '../../../../api';
import { weightProblem } from '../vm-field';

/* The work behind the Networking tab, and what may be typed there. */

export interface NicForm {
  network: Ref<'network'> | '';
  /** Empty: the host chooses one. */
  mac: string;
  /** kB/s; empty: no limit. */
  kbps: string;
  /** Of a full uplink; empty: what everybody has. */
  weight: string;
  locking: VifLockingMode;
  /** With commas between. */
  ipv4: string;
  ipv6: string;
}
export type NicProblems = Partial<Record<keyof NicForm, string>>;
const RATE_LIMIT = 'ratelimit';
const limitOf = (vif: VIFRecord, key: 'kbps' | 'weight'): string => (vif.qos_algorithm_type === RATE_LIMIT ? vif.qos_algorithm_params[key] ?? '' : '');
export const limitText = (vif: VIFRecord): string => {
  const [kbps, weight] = [limitOf(vif, 'kbps'), limitOf(vif, 'weight')];
  return [kbps !== '' && `${kbps} kB/s`, weight !== '' && `priority ${weight}`].filter(Boolean).join(', ') || 'none';
};

export const LOCKING: Readonly<Record<VifLockingMode, string>> = {
  network_default: 'As the network says', unlocked: 'Unlocked: any address', locked: 'Locked: only its own MAC and the addresses allowed here', disabled: 'Disabled: nothing comes through',
};

export const newNic = (network: Ref<'network'> | ''): NicForm => ({ network, mac: '', kbps: '', weight: '', locking: 'network_default', ipv4: '', ipv6: '' });
export const formOf = (vif: VIFRecord): NicForm => ({
  network: vif.network, mac: vif.MAC, kbps: limitOf(vif, 'kbps'), weight: limitOf(vif, 'weight'), locking: vif.locking_mode, ipv4: vif.ipv4_allowed.join(', '), ipv6: vif.ipv6_allowed.join(', '),
});
export const addressesIn = (text: string): string[] => text.split(/[\s,]+/).filter(part => part !== '');

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;
const IPV4 = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4}$/;
const IPV6 = /^[0-9a-f:]*:[0-9a-f:]*(\.\d+){0,4}$/i;
const RATE_MAX_KBPS = 1_000_000_000;

export const nicProblems = (form: NicForm): NicProblems => {
  const problems: NicProblems = {};
  if (form.network === '') problems.network = 'Choose a network.';
  if (form.mac !== '' && !MAC.test(form.mac)) problems.mac = 'Six pairs of 0 to 9 and a to f with colons between, such as 02:16:3e:00:00:01.';
  else if (form.mac !== '' && (parseInt(form.mac.slice(0, 2), 16) & 1) === 1) problems.mac = 'This is an address for groups: the second figure must be even.';
  if (form.kbps !== '' && !(/^\d+$/.test(form.kbps) && Number(form.kbps) >= 1 && Number(form.kbps) <= RATE_MAX_KBPS)) problems.kbps = 'A whole number of kB/s, or nothing for no limit.';
  if (form.weight !== '') { const wrong = weightProblem(form.weight); if (wrong !== undefined) problems.weight = wrong; }
  const [bad4] = addressesIn(form.ipv4).filter(address => !IPV4.test(address));
  const [bad6] = addressesIn(form.ipv6).filter(address => !IPV6.test(address));
  if (bad4 !== undefined) problems.ipv4 = `“${bad4}” is no IPv4 address.`;
  if (bad6 !== undefined) problems.ipv6 = `“${bad6}” is no IPv6 address.`;
  return problems;
};

const about = (verb: string, vm: VMRecord, ref: Ref<'VM'>) => ({ verb, subject: vm.name_label, subjectRef: ref });
interface Of { session: Session; vm: VMRecord; ref: Ref<'VM'> }

const limitsFor = ({ kbps, weight }: NicForm): Pick<VIFRecord, 'qos_algorithm_type' | 'qos_algorithm_params'> =>
  ({ qos_algorithm_type: kbps === '' && weight === '' ? '' : RATE_LIMIT, qos_algorithm_params: { ...(kbps !== '' && { kbps }), ...(weight !== '' && { weight }) } });

const recordFor = ({ vm, ref }: Of, form: NicForm, device: string, mtu: number): VIFRecord => ({
  VM: ref, network: form.network, device, MAC: form.mac, MTU: mtu, other_config: {}, currently_attached: vm.power_state === 'Suspended', locking_mode: form.locking, ipv4_allowed: addressesIn(form.ipv4), ipv6_allowed: addressesIn(form.ipv6),
  ...limitsFor(form),
}) as unknown as VIFRecord;

/** Answers whether the running VM sees it already. */
export const addNic = async (of: Of, form: NicForm, mtu: number, signal: AbortSignal): Promise<boolean> => {
  const { session, vm, ref } = of;
  const [device] = await session.call('VM.get_allowed_VIF_devices', ref);
  if (device === undefined) throw new CallFailed({ kind: 'refused', code: 'INVALID_DEVICE', params: ['no free position'] });
  const { result } = await session.run(about('add a network card to', vm, ref), signal, 'Async.VIF.create', recordFor(of, form, device, mtu));
  if (result === undefined) throw new CallFailed({ kind: 'outcome-unknown', method: 'VIF.create' });
  const vif = result as Ref<'VIF'>;
  const { allowed_operations: allowed, currently_attached: attached } = await session.call('VIF.get_record', vif);
  if (attached || !allowed.includes('plug')) return attached;
  try { await session.run(about('plug in a network card of', vm, ref), signal, 'Async.VIF.plug', vif); return true; } catch (error) {
    const undo = await session.run(about('take back a network card of', vm, ref), undefined, 'Async.VIF.destroy', vif).then(() => undefined, failureOf);
    throw undo ? new CallFailed({ kind: 'half-made', name: `network card ${device}`, cause: failureOf(error), undo }) : error;
  }
};

/** Sends only what was changed. A MAC address belongs to the card: another one is another card at the same place. */
export const changeNic = async (of: Of, vif: { ref: Ref<'VIF'>; record: VIFRecord }, form: NicForm, signal: AbortSignal): Promise<void> => {
  const { session, vm, ref } = of;
  const before = formOf(vif.record);
  if (form.mac.toLowerCase() !== before.mac.toLowerCase()) { await replaceNic(of, vif, form, signal); return; }
  if (form.network !== before.network && form.network !== '') await session.run(about('move a network card of', vm, ref), signal, 'Async.VIF.move', vif.ref, form.network);
  if (form.kbps !== before.kbps || form.weight !== before.weight) {
    const { qos_algorithm_params: params, qos_algorithm_type: type } = limitsFor(form);
    await session.call('VIF.set_qos_algorithm_params', vif.ref, params);
    await session.call('VIF.set_qos_algorithm_type', vif.ref, type);
  }
  // The addresses first: a card that is locked without any lets nothing through.
  if (form.ipv4 !== before.ipv4) await session.call('VIF.set_ipv4_allowed', vif.ref, addressesIn(form.ipv4));
  if (form.ipv6 !== before.ipv6) await session.call('VIF.set_ipv6_allowed', vif.ref, addressesIn(form.ipv6));
  if (form.locking !== before.locking) await session.call('VIF.set_locking_mode', vif.ref, form.locking);
};

const replaceNic = async (of: Of, { ref: old, record }: { ref: Ref<'VIF'>; record: VIFRecord }, form: NicForm, signal: AbortSignal): Promise<void> => {
  const { session, vm, ref } = of;
  const what = about('change the MAC address of', vm, ref);
  await session.run(what, signal, 'Async.VIF.destroy', old);
  try { await session.run(what, undefined, 'Async.VIF.create', { ...recordFor(of, form, record.device, record.MTU), other_config: record.other_config }); } catch (error) {
    const undo = await session.run(what, undefined, 'Async.VIF.create', { ...record, currently_attached: false }).then(() => undefined, failureOf);
    throw undo ? new CallFailed({ kind: 'half-made', name: `network card ${record.device}`, cause: failureOf(error), undo }) : error;
  }
};

export const removeNic = async ({ session, vm, ref }: Of, vif: { ref: Ref<'VIF'>; record: VIFRecord }): Promise<void> => {
  if (vif.record.currently_attached) await session.run(about('unplug a network card of', vm, ref), undefined, 'Async.VIF.unplug', vif.ref);
  await session.run(about('remove a network card of', vm, ref), undefined, 'Async.VIF.destroy', vif.ref);
};
