import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { Transaction } from '../../store/contract';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { assertName } from '../vm/limits';
import { assertMtu, assertNoVifAttached } from './checks';
import { inNetworkTurn } from './turn';

/* Setters of networks that have a rule. */

/** What a network is made of is decided when it is made. */
const FIXED = ['kind', 'subnet', 'automatic'] as const;

export const fields = (desk: Desk): Handlers => ({
  'network.set_name_label': (_context, ref, value) => { assertName('name_label', value); set(desk, ref, () => ({ name_label: value })); },
  'network.set_name_description': (_context, ref, value) => { assertName('name_description', value); set(desk, ref, () => ({ name_description: value })); },
  'network.set_MTU': (_context, ref, value) => inNetworkTurn(desk, () => {
    assertMtu(value);
    set(desk, ref, tx => { assertNoVifAttached(tx, ref); return { MTU: value }; });
  }),
  'network.set_other_config': (_context, ref, value) => { setOtherConfig(desk, ref, () => value); },
  'network.add_to_other_config': (_context, ref, key, value) => {
    setOtherConfig(desk, ref, (now, uuid) => {
      if (Object.hasOwn(now, key)) throw new ApiError('MAP_DUPLICATE_KEY', 'network', 'other_config', uuid, key);
      return { ...now, [key]: value };
    });
  },
  'network.remove_from_other_config': (_context, ref, key) => { setOtherConfig(desk, ref, ({ [key]: _, ...rest }) => rest); },
  'network.add_purpose': (_context, ref, value) => {
    set(desk, ref, (_tx, { purpose }) => {
      const other = value === 'nbd' ? 'insecure_nbd' : 'nbd';
      if (purpose.includes(other)) throw new ApiError('NETWORK_INCOMPATIBLE_PURPOSES', value, other);
      return { purpose: [...new Set([...purpose, value])] };
    });
  },
  'network.remove_purpose': (_context, ref, value) => { set(desk, ref, (_tx, { purpose }) => ({ purpose: purpose.filter(one => one !== value) })); },
});

const set = (desk: Desk, ref: Ref<'network'>, make: (tx: Transaction, now: Readonly<Records['network']>) => Partial<Records['network']>): void => {
  desk.store.transaction(tx => { tx.set('network', ref, make(tx, tx.get('network', ref))); });
};

const setOtherConfig = (desk: Desk, ref: Ref<'network'>, make: (now: Readonly<Record<string, string>>, uuid: string) => Readonly<Record<string, string>>): void => {
  set(desk, ref, (_tx, { other_config: now, uuid }) => {
    const other_config = make(now, uuid);
    const changed = FIXED.find(key => other_config[key] !== now[key]);
    if (changed !== undefined) throw new ApiError('OPERATION_NOT_ALLOWED', `other_config:${changed} of a network is decided when it is made`);
    return { other_config };
  });
};
