import { NetworkError } from './contract';
import type { NetworkSpec } from './contract';
import { readLink } from './links';
import type { Marks } from './marks';
import { ip, unlessGone } from './programs';
import { isSame } from './taps';
import type { Taps } from './taps';

/* For an engine that makes the host's end of a VIF itself, as Xen does, under a name and at a moment of its own: a cable (veth) in the place of the tap. Its one end has the
 * tap's name, place and rules; the other lies in a bridge that is this VIF's alone, where the engine puts its end. So locks, rates, weights, counters and a change of
 * network are the same for both, and nothing of them waits for the engine. */

export const createCables = (marks: Marks): Taps => {
  const inUse: Taps['inUse'] = async vif => {
    const cable = marks.tap(vif), link = await readLink(cable);
    return link && isSame(marks, link.alias, vif) && await readLink(marks.ownBridge(cable)) ? cable : undefined;
  };
  const connect: Taps['connect'] = async (cable, { bridge }, mtu) => {
    for (const one of [cable, marks.ownEnd(cable), marks.ownBridge(cable)]) await ip('link', 'set', 'dev', one, 'mtu', String(mtu));
    await ip('link', 'set', 'dev', cable, 'master', bridge);
    await ip('link', 'set', 'dev', cable, 'up');
  };
  const remove: Taps['remove'] = async vif => {
    const cable = marks.tap(vif), link = await readLink(cable);
    if (link && link.alias !== '' && !isSame(marks, link.alias, vif)) throw new NetworkError('in-use', `the interface ${cable} belongs to another VIF`);
    if (link) await unlessGone(() => ip('link', 'delete', 'dev', cable));
    await unlessGone(() => ip('link', 'delete', 'dev', marks.ownBridge(cable)));
  };
  const make = async (cable: string, alias: string): Promise<void> => {
    const end = marks.ownEnd(cable), bridge = marks.ownBridge(cable);
    await ip('link', 'add', 'name', cable, 'type', 'veth', 'peer', 'name', end);
    await ip('link', 'set', 'dev', cable, 'alias', alias);
    await ip('link', 'add', 'name', bridge, 'type', 'bridge', 'forward_delay', '0', 'stp_state', '0', 'mcast_snooping', '0');
    await ip('link', 'set', 'dev', bridge, 'addrgenmode', 'none'); // the host itself is not on it
    await ip('link', 'set', 'dev', end, 'master', bridge);
    await ip('link', 'set', 'dev', end, 'up');
    await ip('link', 'set', 'dev', bridge, 'up');
  };
  return {
    inUse, connect, remove,
    make: async (vif, network: NetworkSpec) => {
      const cable = marks.tap(vif);
      if (await inUse(vif) === undefined) { await remove(vif); await make(cable, marks.alias({ kind: 'vif', vmUuid: vif.vmUuid, device: vif.device })); }
      await connect(cable, network, vif.mtu);
      return cable;
    },
    backend: cable => ({ by: 'bridge', bridge: marks.ownBridge(cable) }),
    disconnect: async cable => { await unlessGone(() => ip('link', 'set', 'dev', cable, 'nomaster')); },
  };
};
