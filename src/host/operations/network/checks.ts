import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { Networks } from '../../network/contract';
import type { Reader } from '../../store/contract';
import type { Desk } from '../desk';
import { invalid } from '../vm/limits';

/* What several operations on networks have to ask first. */

export const MTU_MIN = 68, MTU_MAX = 65_521;

export const assertMtu = (mtu: number): void => { if (!Number.isInteger(mtu) || mtu < MTU_MIN || mtu > MTU_MAX) throw invalid('MTU', mtu); };

/** Says in words why this machine cannot. */
export const assertHas = async (desk: Desk, what: Parameters<Networks['lacks']>[0]): Promise<void> => {
  const lack = await desk.networks.lacks(what);
  if (lack !== '') throw new ApiError('VALUE_NOT_SUPPORTED', 'network', what, lack);
};

export const attachedVifs = (reader: Reader, network: Readonly<Records['network']>): (readonly [Ref<'VIF'>, Readonly<Records['VIF']>])[] =>
  network.VIFs.map(ref => [ref, reader.get('VIF', ref)] as const).filter(([, vif]) => vif.currently_attached);

export const assertNoVifAttached = (reader: Reader, ref: Ref<'network'>): void => {
  const [used] = attachedVifs(reader, reader.get('network', ref));
  if (used) throw new ApiError('VIF_IN_USE', ref, used[0]);
};

/** A network gets one way out. */
export const assertUnconnected = (reader: Reader, ref: Ref<'network'>): void => {
  const network = reader.get('network', ref);
  const [pif] = network.PIFs;
  if (pif !== undefined) throw new ApiError('NETWORK_ALREADY_CONNECTED', ref, pif);
  if (!network.managed) throw new ApiError('NETWORK_UNMANAGED', ref);
  const kind = network.other_config['kind'];
  if (kind === 'nat' || kind === 'user') throw new ApiError('OPERATION_NOT_ALLOWED', 'a NAT network has its own way out');
  assertNoVifAttached(reader, ref);
};
