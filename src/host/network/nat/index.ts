import { readFile, readdir, rm } from 'node:fs/promises';
import { now } from '../../platform/clock';
import type { Bridges } from '../bridges';
import { NetworkError } from '../contract';
import type { Driver } from '../driver';
import { readAddresses, readLinks } from '../links';
import type { Marks } from '../marks';
import { ip, nft } from '../programs';
import { createDnsmasq, leasesFile } from './dnsmasq';
import { endMasquerade, masquerade } from './masquerade';
import { parseSubnet, type Subnet } from './subnet';

/* A network with the host as its router: a bridge with an address of the host's, DHCP and DNS by dnsmasq, the way out by nftables. */

export interface Nat extends Driver {
  /** What DHCP has given out, by MAC address. */
  leases(): Promise<{ mac: string; address: string }[]>;
  /** Ends what networks left behind that are not among these. */
  tidy(networkUuids: ReadonlySet<string>): Promise<void>;
}

export const createNat = (bridges: Bridges, marks: Marks, directory: string): Nat => {
  const dnsmasq = createDnsmasq(directory);
  return {
    up: async network => {
      const subnet = parseSubnet(network.subnet);
      await assertFree(network.bridge, subnet);
      await bridges.make(network);
      await address(network.bridge, subnet);
      await bridges.start(network);
      await masquerade(marks.natTable(network.uuid), network, subnet);
      await dnsmasq.ensure(network, subnet);
    },
    down: async network => {
      await dnsmasq.end(network.uuid);
      await endMasquerade(marks.natTable(network.uuid));
      await bridges.remove(network);
    },
    leases: async () => (await Promise.all((await filesOf(directory, '.leases')).map(uuid => readLeases(leasesFile(directory, uuid))))).flat(),
    tidy: async keep => {
      for (const uuid of new Set([...await filesOf(directory, '.pid'), ...await filesOf(directory, '.leases')])) {
        if (keep.has(uuid)) continue;
        await dnsmasq.end(uuid);
        await rm(leasesFile(directory, uuid), { force: true });
      }
      const kept = new Set([...keep].map(uuid => marks.natTable(uuid)));
      const tables = (await nft('list tables ip')).split('\n').map(line => line.replace('table ip ', '').trim());
      for (const table of tables) if (table.startsWith(marks.natTable('')) && !kept.has(table)) await endMasquerade(table);
    },
  };
};

/** The uuids that files of this kind are named by. */
const filesOf = async (directory: string, end: string): Promise<string[]> => (await readdir(directory).catch(() => [])).filter(name => name.endsWith(end)).map(name => name.slice(0, -end.length));

/** "1700000000 02:00:00:00:00:01 10.87.0.20 name client-id", the first the end of the lease (0: never). */
const readLeases = async (file: string): Promise<{ mac: string; address: string }[]> => (await readFile(file, 'utf8').catch(() => '')).split('\n').flatMap(line => {
  const [until, mac, address] = line.split(' ');
  return mac !== undefined && address !== undefined && (until === '0' || Number(until) * 1000 > now()) ? [{ mac, address }] : [];
});

/** Brings the bridge's address in line; another one from before goes. */
const address = async (bridge: string, { host, prefix }: Subnet): Promise<void> => {
  const present = ((await readAddresses(bridge)).get(bridge) ?? []).filter(({ family }) => family === 4);
  for (const other of present.filter(one => one.address !== host || one.prefix !== prefix)) await ip('addr', 'delete', `${other.address}/${other.prefix}`, 'dev', bridge);
  if (!present.some(one => one.address === host && one.prefix === prefix)) await ip('addr', 'add', `${host}/${prefix}`, 'brd', '+', 'dev', bridge);
};

/** A subnet that the host reaches by another way would be cut off from it. */
const assertFree = async (bridge: string, subnet: Subnet): Promise<void> => {
  const range = rangeOf(subnet.network, subnet.prefix);
  const up = new Set((await readLinks()).filter(link => link.up).map(link => link.name));
  for (const [device, addresses] of await readAddresses()) {
    if (device === bridge || !up.has(device)) continue;
    for (const one of addresses.filter(({ family }) => family === 4)) {
      const other = rangeOf(one.address, one.prefix);
      if (other.first <= range.last && range.first <= other.last) throw new NetworkError('in-use', `the subnet ${subnet.network}/${subnet.prefix} meets ${one.address}/${one.prefix} on ${device}`);
    }
  }
};

const rangeOf = (address: string, prefix: number): { first: number; last: number } => {
  const size = 2 ** (32 - prefix), number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
};
