import { isIP, isIPv4, isIPv6 } from 'node:net';
import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { NicSpec } from '../../engine/contract';
import type { CallContext, Handlers } from '../contract';
import type { Desk } from '../desk';
import { withDevice } from '../device/claim';
import { assertDeviceFree } from '../device/state';
import { translated } from '../failure';
import { limitOf, networkSpec, vifSpec } from '../network/spec';
import { runPlan } from '../plan';
import { invalid, isWeight } from '../vm/limits';
import { cabled, isDisabled } from './plug';

/* What may change about a network card while it is in use: its network, what its guest may send as, how fast. A card that is not in use is only a record. */

type Fields = Partial<Pick<Records['VIF'], 'network' | 'locking_mode' | 'ipv4_allowed' | 'ipv6_allowed' | 'qos_algorithm_type' | 'qos_algorithm_params'>>;

export const changes = (desk: Desk): Handlers => {
  const set = (context: CallContext, of: string, vif: Ref<'VIF'>, make: (now: Readonly<Records['VIF']>) => Fields): Promise<void> => {
    const fields = make(desk.store.get('VIF', vif));
    return change(desk, context, of, vif, fields);
  };
  const allow = (field: 'ipv4_allowed' | 'ipv6_allowed') => ({
    set: (context: CallContext, vif: Ref<'VIF'>, value: readonly string[]) => set(context, `VIF.set_${field}`, vif, () => ({ [field]: [...new Set(value.map(one => address(field, one)))] })),
    add: (context: CallContext, vif: Ref<'VIF'>, value: string) => set(context, `VIF.add_${field}`, vif, now => ({ [field]: [...new Set([...now[field], address(field, value)])] })),
    remove: (context: CallContext, vif: Ref<'VIF'>, value: string) => set(context, `VIF.remove_${field}`, vif, now => ({ [field]: now[field].filter(one => one !== value) })),
  });
  const ipv4 = allow('ipv4_allowed'), ipv6 = allow('ipv6_allowed');
  return {
    'VIF.move': async (context, vif, network) => { desk.store.get('network', network); await set(context, 'VIF.move', vif, () => ({ network })); },
    'VIF.set_locking_mode': (context, vif, value) => set(context, 'VIF.set_locking_mode', vif, () => ({ locking_mode: value })),
    'VIF.set_ipv4_allowed': ipv4.set, 'VIF.add_ipv4_allowed': ipv4.add, 'VIF.remove_ipv4_allowed': ipv4.remove,
    'VIF.set_ipv6_allowed': ipv6.set, 'VIF.add_ipv6_allowed': ipv6.add, 'VIF.remove_ipv6_allowed': ipv6.remove,
    'VIF.set_qos_algorithm_type': (context, vif, value) => set(context, 'VIF.set_qos_algorithm_type', vif, () => ({ qos_algorithm_type: algorithm(value) })),
    'VIF.set_qos_algorithm_params': (context, vif, value) => set(context, 'VIF.set_qos_algorithm_params', vif, () => ({ qos_algorithm_params: limits(value) })),
    'VIF.add_to_qos_algorithm_params': (context, vif, key, value) => set(context, 'VIF.add_to_qos_algorithm_params', vif, now => {
      if (Object.hasOwn(now.qos_algorithm_params, key)) throw new ApiError('MAP_DUPLICATE_KEY', 'VIF', 'qos_algorithm_params', now.uuid, key);
      return { qos_algorithm_params: limits({ ...now.qos_algorithm_params, [key]: value }) };
    }),
    'VIF.remove_from_qos_algorithm_params': (context, vif, key) => set(context, 'VIF.remove_from_qos_algorithm_params', vif, now => {
      const { [key]: _, ...rest } = now.qos_algorithm_params;
      return { qos_algorithm_params: rest };
    }),
  };
};

const change = async (desk: Desk, context: CallContext, of: string, vif: Ref<'VIF'>, fields: Fields): Promise<void> => {
  const before = desk.store.get('VIF', vif), after = { ...before, ...fields };
  await assertCan(desk, before, after);
  const record = { name: 'record', weight: 1, do: (): void => { desk.store.transaction(tx => { tx.set('VIF', vif, fields); }); } };
  if (!before.currently_attached) { assertDeviceFree(desk.store, 'VIF', vif); record.do(); return; }
  // XenAPI has no name for it, so it shows as `plug`.
  await withDevice(desk, context, 'VIF', vif, 'plug', tx => { if (!tx.get('VIF', vif).currently_attached) throw new ApiError('DEVICE_ALREADY_DETACHED', vif); }, () => runPlan([
    { name: 'change the card', weight: 5, do: () => translated({ vm: before.VM }, () => apply(desk, after)), undo: () => apply(desk, before) },
    record,
  ], { of, signal: context.task.signal, progress: context.task.progress, log: desk.log }));
};

/** Idempotent, in either direction. */
const apply = async (desk: Desk, vif: Readonly<Records['VIF']>): Promise<void> => {
  const vm = desk.store.get('VM', vif.VM), spec = networkSpec(desk.store, vif.network);
  await desk.networks.up(spec);
  const other: NicSpec | undefined = await desk.networks.change(vifSpec(vm, vif, desk.store.get('network', vif.network)), spec);
  if (!other) { await desk.engine.linkNic(vm.uuid, vif.device, !isDisabled(desk, vif)); return; }
  await desk.engine.detachNic(vm.uuid, vif.device, desk.stopping);
  await desk.engine.attachNic(vm.uuid, cabled(desk, vif, other));
};

/** Only what is asked for now is looked at: a host that cannot lock still lets go of a lock. */
const assertCan = async (desk: Desk, before: Readonly<Records['VIF']>, after: Readonly<Records['VIF']>): Promise<void> => {
  if (after.locking_mode === 'locked' && before.locking_mode !== 'locked') {
    const lacks = await desk.networks.lacks('vif-lock');
    if (lacks !== '') throw new ApiError('VALUE_NOT_SUPPORTED', 'locking_mode', 'locked', lacks);
  }
  // A weight without a rate is kept, as it hurts nobody where it cannot count.
  if (limitOf(after, 'kbps') !== undefined && limitOf(before, 'kbps') === undefined) {
    const lacks = await desk.networks.lacks('vif-rate');
    if (lacks !== '') throw new ApiError('VALUE_NOT_SUPPORTED', 'qos_algorithm_type', 'ratelimit', lacks);
  }
};

/** Also for VIF.create: a card that is wrong would be found out only by a start that fails. */
export const assertSendable = ({ ipv4_allowed = [], ipv6_allowed = [], qos_algorithm_type = '', qos_algorithm_params = {} }: Fields): void => {
  for (const one of ipv4_allowed) address('ipv4_allowed', one);
  for (const one of ipv6_allowed) address('ipv6_allowed', one);
  algorithm(qos_algorithm_type);
  limits(qos_algorithm_params);
};

const address = (field: 'ipv4_allowed' | 'ipv6_allowed', value: string): string => {
  if (isIP(value) === 0 || !(field === 'ipv4_allowed' ? isIPv4(value) : isIPv6(value))) throw new ApiError('INVALID_IP_ADDRESS_SPECIFIED', field);
  return value;
};
const algorithm = (value: string): string => {
  if (value !== '' && value !== 'ratelimit') throw new ApiError('VALUE_NOT_SUPPORTED', 'qos_algorithm_type', value, 'only "ratelimit" is known');
  return value;
};
const limits = (params: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const { kbps, weight } = params;
  if (kbps !== undefined && !/^[1-9]\d{0,9}$/.test(kbps)) throw invalid('qos_algorithm_params:kbps', kbps);
  if (weight !== undefined && !isWeight(weight)) throw invalid('qos_algorithm_params:weight', weight);
  return params;
};
