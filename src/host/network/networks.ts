import { NetworkError } from './contract';
import type { Networks } from './contract';
import { userNic } from './user';

/* The networks of this host, by kind. */

export const createNetworks = (): Networks => {
  const no = (what: string): Promise<never> => Promise.reject(new NetworkError('unsupported', `${what} is not offered by this host`));
  return {
    lacks: what => Promise.resolve(what === 'user' ? '' : 'this host has user-mode networking only'),
    interfaces: () => Promise.resolve([]),
    up: ({ kind }) => (kind === 'user' ? Promise.resolve() : no(kind)),
    down: () => Promise.resolve(),
    plug: (vif, { kind }) => (kind === 'user' ? Promise.resolve(userNic(vif)) : no(kind)),
    unplug: () => Promise.resolve(),
    change: (vif, { kind }) => (kind === 'user' ? Promise.resolve(userNic(vif)) : no(kind)),
    tidy: () => Promise.resolve(),
    addresses: () => Promise.resolve(new Map()),
    createVlan: () => no('a VLAN'), destroyVlan: () => no('a VLAN'), createBond: () => no('a bond'), destroyBond: () => no('a bond'), bondLinks: () => no('a bond'), configure: () => no('an address'),
    dispose: () => {},
  };
};
