import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { runNetworkPlan } from './plan';
import { networkSpec } from './spec';

/** A VIF that is plugged does this by itself; here somebody wants to see it work beforehand. */
export const attach = (desk: Desk): Handlers => ({
  'network.attach': (context, ref, host) => {
    desk.store.get('host', host);
    return runNetworkPlan(desk, context, 'network.attach', { network: ref }, () => {
      const spec = networkSpec(desk.store, ref);
      return [{ name: 'bring it up', weight: 1, do: () => desk.networks.up(spec) }];
    });
  },
});
