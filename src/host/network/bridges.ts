import { NetworkError } from './contract';
import type { NetworkSpec } from './contract';
import { readLink, readLinks, type Link } from './links';
import { isInterfaceName, type Marks } from './marks';
import { ip, unlessGone } from './programs';

/* Bridges of this service: made under a name of ours, marked, then renamed. So whenever a service is killed, a bridge is either marked or
 * still has a name that says whose it is. */

export interface Bridges {
  /** Makes it, or brings it in line; not yet up. `mac`: the address that it keeps, whatever joins it. */
  make(network: NetworkSpec, mac?: string): Promise<Link>;
  /** Undefined: not there, or not ours. */
  find(network: NetworkSpec): Promise<Link | undefined>;
  start(network: NetworkSpec): Promise<void>;
  /** The taps on it. */
  taps(name: string): Promise<readonly string[]>;
  remove(network: NetworkSpec): Promise<void>;
}

export const createBridges = (marks: Marks): Bridges => {
  const find = async ({ uuid, bridge }: NetworkSpec): Promise<Link | undefined> => {
    const link = await readLink(bridge);
    const mine = marks.read(link?.alias);
    return link?.kind === 'bridge' && mine?.kind === 'network' && mine.uuid === uuid ? link : undefined;
  };
  const create = async ({ uuid, bridge }: NetworkSpec, mac: string | undefined): Promise<void> => {
    if (!isInterfaceName(bridge)) throw new NetworkError('failed', `"${bridge}" cannot be the name of a bridge`);
    if (await readLink(bridge)) throw new NetworkError('in-use', `the interface ${bridge} exists already and is not of this network`);
    const unfinished = marks.unfinished(uuid);
    await unlessGone(() => ip('link', 'delete', 'dev', unfinished));
    await ip('link', 'add', 'name', unfinished, ...(mac === undefined ? [] : ['address', mac]), 'type', 'bridge', 'forward_delay', '0', 'stp_state', '0');
    await ip('link', 'set', 'dev', unfinished, 'alias', marks.alias({ kind: 'network', uuid }));
    await ip('link', 'set', 'dev', unfinished, 'name', bridge);
  };
  return {
    find,
    make: async (network, mac) => {
      if (!await find(network)) await create(network, mac);
      const link = await find(network);
      if (!link) throw new NetworkError('failed', `the bridge ${network.bridge} could not be made`);
      if (link.mtu !== network.mtu) await ip('link', 'set', 'dev', network.bridge, 'mtu', String(network.mtu));
      return link;
    },
    start: async ({ bridge }) => { await ip('link', 'set', 'dev', bridge, 'up'); },
    taps: async name => (await readLinks()).filter(link => link.master === name && (link.kind === 'tun' || link.name.startsWith(`${marks.mark}v`))).map(link => link.name),
    remove: async network => { if (await find(network)) await unlessGone(() => ip('link', 'delete', 'dev', network.bridge)); },
  };
};
