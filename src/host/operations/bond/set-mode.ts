import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { runNetworkPlan } from '../network/plan';
import { networkSpec } from '../network/spec';
import { assertUnused } from './destroy';
import { assertBondMode } from './mode';

/** The kernel lets a bond's mode be chosen only when it is made: it is made again. */
export const setMode = (desk: Desk): Handler<'Bond.set_mode'> => (context, bond, value) => runNetworkPlan(desk, context, 'Bond.set_mode', {}, () => {
  assertBondMode(value);
  const { mode, slaves } = desk.store.get('Bond', bond), { pif } = assertUnused(desk.store, bond);
  const members = slaves.map(slave => desk.store.get('PIF', slave).device), spec = networkSpec(desk.store, pif.network);
  return [
    { name: 'take the bridge down', weight: 2, do: () => desk.networks.down(spec) },
    { name: 'make the bond again', weight: 5, do: () => desk.networks.createBond(pif.device, members, value, pif.MAC), undo: () => desk.networks.createBond(pif.device, members, mode, pif.MAC) },
    { name: 'record', weight: 1, do: () => { desk.store.transaction(tx => { tx.set('Bond', bond, { mode: value }); }); } },
  ];
});
