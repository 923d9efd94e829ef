import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { assertHas, attachedVifs } from './checks';
import { runNetworkPlan } from './plan';
import { kindOf, networkSpec, vifSpec } from './spec';

/** `disabled`: VIFs that do not say otherwise send and get nothing. Those that run feel it at once. */
export const setDefaultLockingMode = (desk: Desk): Handlers => ({
  'network.set_default_locking_mode': async (context, ref, value) => {
    const before = desk.store.get('network', ref);
    if (value === 'disabled') {
      if (kindOf(desk.store, before) === 'user') throw new ApiError('VALUE_NOT_SUPPORTED', 'default_locking_mode', value, 'VIFs on a user-mode network cannot be locked');
      await assertHas(desk, 'vif-lock');
    }
    await runNetworkPlan(desk, context, 'network.set_default_locking_mode', { network: ref }, () => {
      const now = desk.store.get('network', ref), spec = networkSpec(desk.store, ref);
      const change = async (vif: Readonly<Records['VIF']>, network: Readonly<Records['network']>): Promise<void> => { await desk.networks.change(vifSpec(desk.store.get('VM', vif.VM), vif, network), spec); };
      const following = attachedVifs(desk.store, now).filter(([, vif]) => vif.locking_mode === 'network_default');
      return [
        ...following.map(([, vif]) => ({ name: `VIF ${vif.uuid}`, weight: 1, do: () => change(vif, { ...now, default_locking_mode: value }), undo: () => change(vif, now) })),
        { name: 'record', weight: 1, do: () => { record(desk, ref, value); } },
      ];
    });
  },
});

const record = (desk: Desk, ref: Ref<'network'>, value: Records['network']['default_locking_mode']): void => {
  desk.store.transaction(tx => { tx.get('network', ref); tx.set('network', ref, { default_locking_mode: value }); });
};
