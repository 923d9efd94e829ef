import type { Bridges } from '../bridges';
import type { Driver } from '../driver';

/** VMs of this host among themselves: a bridge without a way out, and without an address of the host's. */
export const createInternal = (bridges: Bridges): Driver => ({
  up: async network => { await bridges.make(network); await bridges.start(network); },
  down: network => bridges.remove(network),
});
