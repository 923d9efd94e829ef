import { existsSync, realpathSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { NicSpec } from '../engine/contract';
import type { Identity } from '../platform/run-program';
import { createBondDevice, destroyBondDevice, readBondLinks, SLB_REASON } from './bond';
import { createBridge } from './bridge';
import { createBridges } from './bridges';
import { createCables } from './cables';
import { NetworkError } from './contract';
import type { NetworkKind, NetworkSpec, Networks, VifSpec } from './contract';
import type { Driver } from './driver';
import { asGuestSees, readCounters } from './counters';
import { createGuard } from './guard';
import { readInterfaces } from './interfaces';
import { createInternal } from './internal';
import { createLacks } from './lacks';
import { isInterface, readLink, readLinks, readNeighbours } from './links';
import { configureAddress } from './management';
import { marksOf } from './marks';
import { createNat } from './nat';
import { findProgram, ip, unlessGone } from './programs';
import { limitRate } from './rate';
import { createTaps } from './taps';
import { userNic } from './user';
import { createVlanDevice, destroyVlanDevice } from './vlan';
import { createWeights } from './weights';

/* The networks of this host, by kind. One change at a time: each is a matter of milliseconds, and two of them may be about the same bridge. */

export interface NetworksOptions {
  /** Leases, pids and notes. It also tells this service's networks from those of another service on the machine. */
  directory: string;
  /** Whom taps belong to; absent: the service's own user. */
  runAs?: Identity;
  /** The engine makes the host's end of a VIF itself (cables.ts). */
  ownEnds?: boolean;
}
/** A file that says: this service has changed the machine's networks once, so there is something to look after. */
const USED = 'used';
type SwitchedKind = Exclude<NetworkKind, 'user'>;

export const createNetworks = (options: NetworksOptions): Networks => {
  const directory = realpathSync(options.directory), marks = marksOf(directory);
  const bridges = createBridges(marks), taps = options.ownEnds === true ? createCables(marks) : createTaps(marks, options.runAs?.uid ?? process.getuid?.() ?? 0), guard = createGuard(marks), weights = createWeights(marks);
  const nat = createNat(bridges, marks, directory);
  const drivers: Readonly<Record<SwitchedKind, Driver>> = { internal: createInternal(bridges), nat, bridge: createBridge(bridges, directory) };
  const lacks = createLacks();
  const inTurn = createTurns();
  let used = existsSync(path.join(directory, USED));
  const use = async (): Promise<void> => {
    if (!used) await writeFile(path.join(directory, USED), '');
    used = true;
  };

  const assertHas = async (what: Parameters<Networks['lacks']>[0]): Promise<void> => {
    const lack = await lacks(what);
    if (lack !== '') throw new NetworkError('unsupported', lack);
  };
  const up = async (network: NetworkSpec): Promise<void> => {
    if (network.kind === 'user') return;
    await assertHas(network.kind);
    await use();
    if (network.foreign === true) { await assertBridge(network.bridge); return; }
    await drivers[network.kind].up(network);
  };
  /** Without a program where no VIF has a weight. */
  const share = async (vif?: VifSpec): Promise<void> => {
    if (vif?.weight === undefined && !await weights.inUse() || await lacks('vif-weight') !== '') return;
    if (vif) await weights.note(vif);
    await weights.settle();
  };
  const unplug = async (vif: { vmUuid: string; device: string }): Promise<void> => {
    const tap = marks.tap(vif);
    if (!used || !await isInterface(tap)) return;
    await taps.remove(vif);
    await guard.clear(tap);
    await share();
  };
  /** Rules before the cable: a guest that is locked never was on the network without. */
  const rule = async (tap: string, vif: VifSpec): Promise<void> => {
    if (vif.lock) await assertHas('vif-lock');
    if (vif.kilobytesPerSecond !== undefined) await assertHas('vif-rate');
    if (await lacks('vif-lock') === '') await guard.set(tap, vif);
  };
  const plug = async (vif: VifSpec, network: NetworkSpec): Promise<NicSpec> => {
    if (network.kind === 'user') return userNic(ruleless(vif));
    await up(network);
    const tap = marks.tap(vif);
    try {
      await rule(tap, vif);
      await taps.make(vif, network);
      await limitRate(tap, vif.kilobytesPerSecond);
      await share(vif);
    } catch (error) { await unplug(vif).catch(() => { /* the first error says it */ }); throw error; }
    return { device: vif.device, mac: vif.mac, mtu: vif.mtu, backend: taps.backend(tap) };
  };
  const change = async (vif: VifSpec, network: NetworkSpec): Promise<NicSpec | undefined> => {
    const tap = canRead() ? await taps.inUse(vif) : undefined;
    if (network.kind === 'user') {
      const nic = userNic(ruleless(vif));
      if (tap === undefined) return undefined; // it is on a user-mode network already, and those are all the same
      await taps.disconnect(tap);
      await share(); // until the engine has taken the card out, and the VM or the next plug takes it away
      return nic;
    }
    if (tap === undefined) return plug(vif, network);
    await up(network);
    await rule(tap, vif);
    await taps.connect(tap, network, vif.mtu);
    await limitRate(tap, vif.kilobytesPerSecond);
    await share(vif);
    return undefined;
  };

  const tidy: Networks['tidy'] = async (networks, vifs, devices) => {
    if (!used || await lacks('internal') !== '') return;
    const known = new Map(networks.map(network => [network.uuid, network])), plugged = new Set(vifs.map(vif => marks.tap(vif)));
    for (const link of await readLinks()) {
      const mine = marks.read(link.alias);
      const tap = (link.kind === 'tun' || link.kind === 'veth') && link.name.startsWith(`${marks.mark}v`) && (mine?.kind === 'vif' || link.alias === '');
      if (tap && !plugged.has(link.name)) await removeLink(link.name);
      if (link.kind === 'bridge' && link.name.startsWith(marks.ownBridge(marks.mark)) && ![...plugged].some(one => marks.ownBridge(one) === link.name)) await removeLink(link.name);
      if (mine?.kind === 'link' && devices && !devices.includes(link.name)) await (link.kind === 'bond' ? destroyBondDevice : destroyVlanDevice)(marks, link.name);
      if (link.kind !== 'bridge') continue;
      if (mine === undefined && link.alias === '' && link.name.startsWith(`${marks.mark}b`)) await removeLink(link.name);
      // Of a kind that nobody knows any more; an uplink gets back what it had.
      if (mine?.kind === 'network' && !known.has(mine.uuid)) await drivers.bridge.down({ uuid: mine.uuid, kind: 'bridge', bridge: link.name, mtu: link.mtu });
    }
    if (await lacks('vif-lock') === '') for (const tap of await guard.known()) if (!await readLink(tap)) await guard.clear(tap);
    if (await lacks('nat') === '') await nat.tidy(new Set(networks.filter(({ kind }) => kind === 'nat').map(({ uuid }) => uuid)));
    for (const file of await readdir(directory)) {
      const uuid = /^(.*)\.(?:uplink|batch)$/.exec(file)?.[1];
      if (uuid !== undefined && !known.has(uuid)) await rm(path.join(directory, file), { force: true });
    }
    await share();
  };

  return {
    lacks: async what => await lacks(what) || (what === 'vif-weight' ? weights.refusal() : ''),
    interfaces: async () => (canRead() ? readInterfaces(marks) : []),
    up: network => inTurn(() => up(network)),
    down: network => inTurn(async () => {
      if (network.kind === 'user' || network.foreign === true || await lacks('internal') !== '') return;
      const [tap] = await bridges.find(network) ? await bridges.taps(network.bridge) : [];
      if (tap !== undefined) throw new NetworkError('in-use', `a VIF is on ${network.bridge} (${tap})`);
      await drivers[network.kind].down(network);
    }),
    plug: (vif, network) => (network.kind === 'user' ? Promise.resolve().then(() => userNic(ruleless(vif))) : inTurn(() => plug(vif, network))),
    unplug: vif => inTurn(() => unplug(vif)),
    change: (vif, network) => inTurn(() => change(vif, network)),
    tidy: (...known) => inTurn(() => tidy(...known)),
    addresses: async () => {
      if (!canRead()) return new Map();
      const found = new Map<string, Set<string>>();
      for (const { mac, address } of [...await nat.leases(), ...await readNeighbours()]) found.set(mac.toLowerCase(), (found.get(mac.toLowerCase()) ?? new Set()).add(address));
      return new Map([...found].map(([mac, addresses]) => [mac, [...addresses].sort()]));
    },
    counters: async () => {
      const all = await readCounters();
      return { interface: device => all.get(device), vif: vif => { const tap = all.get(marks.tap(vif)); return tap && asGuestSees(tap); } };
    },
    createVlan: (uplink, tag) => inTurn(async () => { await assertHas('vlan'); await use(); return createVlanDevice(marks, uplink, tag); }),
    destroyVlan: device => inTurn(() => destroyVlanDevice(marks, device)),
    createBond: (device, members, mode, mac) => inTurn(async () => {
      if (mode === 'balance-slb') throw new NetworkError('unsupported', SLB_REASON);
      await assertHas('bond');
      await use();
      await createBondDevice(marks, device, members, mode, mac);
    }),
    destroyBond: device => inTurn(() => destroyBondDevice(marks, device)),
    bondLinks: device => readBondLinks(device),
    configure: (device, config) => inTurn(async () => {
      await assertHas('internal');
      const links = await readLinks(), link = links.find(one => one.name === device);
      if (!link) throw new NetworkError('not-found', `this machine has no interface ${device}`);
      const above = links.find(one => one.name === link.master && marks.read(one.alias)?.kind === 'network');
      await configureAddress(directory, above?.name ?? device, config);
    }),
    dispose: () => { /* networks stay for the VMs that run */ },
  };
};

/** QEMU's own network has no place where somebody could look at a packet. */
const ruleless = (vif: VifSpec): VifSpec => {
  if (vif.lock) throw new NetworkError('unsupported', 'a VIF on a user-mode network cannot be locked: choose an internal, NAT or bridged network');
  if (vif.kilobytesPerSecond !== undefined) throw new NetworkError('unsupported', 'a VIF on a user-mode network has no rate limit: choose an internal, NAT or bridged network');
  return vif;
};

const createTurns = (): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve();
  return work => {
    const mine = last.then(work, work);
    last = mine.catch(() => { /* who asked for it gets it */ });
    return mine;
  };
};

const assertBridge = async (name: string): Promise<void> => {
  if ((await readLink(name))?.kind !== 'bridge') throw new NetworkError('not-found', `this machine has no bridge ${name}`);
};

const removeLink = (name: string): Promise<void> => unlessGone(() => ip('link', 'delete', 'dev', name));

/** Reading needs no right, but the program. */
const canRead = (): boolean => findProgram('ip') !== undefined;
