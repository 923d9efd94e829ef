import type { NetworkSpec } from './contract';

/** What a kind of network is made of. VIFs are the same for all that have a bridge (taps.ts). Idempotent, each. */
export interface Driver {
  up(network: NetworkSpec): Promise<void>;
  down(network: NetworkSpec): Promise<void>;
}
