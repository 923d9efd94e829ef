import { readFile } from 'node:fs/promises';
import { ip } from './programs';

/* What `ip -j` says of links, addresses and routes, as far as it is needed here. */

export interface Link {
  name: string;
  mac: string;
  mtu: number;
  up: boolean;
  /** Of a tap: somebody has it open. */
  carrier: boolean;
  master: string;
  /** The interface that a VLAN is on. */
  lower: string;
  /** bridge, tun, vlan, bond, veth, ...; empty: a device of its own. */
  kind: string;
  alias: string;
  loopback: boolean;
}
export interface Address { address: string; prefix: number; family: 4 | 6; scope: string; /** Seconds; undefined: for ever. */ validSeconds: number | undefined; preferredSeconds: number | undefined; label: string }
export interface Route { family: 4 | 6; destination: string; gateway: string; device: string; protocol: string; metric: number | undefined; source: string; scope: string }

interface RawLink { ifname: string; address?: string; mtu: number; flags: string[]; master?: string; link?: string; ifalias?: string; link_type?: string; linkinfo?: { info_kind?: string } }
interface RawAddress { ifname: string; addr_info?: { family: string; local: string; prefixlen: number; scope: string; label?: string; valid_life_time: number; preferred_life_time: number }[] }
interface RawRoute { dst: string; gateway?: string; dev?: string; protocol?: string; metric?: number; prefsrc?: string; scope?: string }

const FOREVER_SECONDS = 4_294_967_295;

export const readLinks = async (): Promise<Link[]> => (await json<RawLink>('-d', 'link', 'show')).map(raw => ({
  name: raw.ifname, mac: raw.address ?? '', mtu: raw.mtu, up: raw.flags.includes('UP'), carrier: raw.flags.includes('LOWER_UP'),
  master: raw.master ?? '', lower: raw.link ?? '', kind: raw.linkinfo?.info_kind ?? '', alias: raw.ifalias ?? '', loopback: raw.link_type === 'loopback',
}));

export const readLink = async (name: string): Promise<Link | undefined> => (await readLinks()).find(link => link.name === name);

/** Without a program: a VM on a user-mode network ends without waiting for one. */
export const isInterface = async (name: string): Promise<boolean> => (await readFile('/proc/net/dev', 'utf8')).split('\n').some(line => line.trimStart().startsWith(`${name}:`));

export const readAddresses = async (device?: string): Promise<ReadonlyMap<string, readonly Address[]>> =>
  new Map((await json<RawAddress>('addr', 'show', ...(device === undefined ? [] : ['dev', device]))).map(raw => [raw.ifname, (raw.addr_info ?? []).map(info => ({
    address: info.local, prefix: info.prefixlen, family: info.family === 'inet6' ? 6 as const : 4 as const, scope: info.scope, label: info.label ?? '',
    validSeconds: seconds(info.valid_life_time), preferredSeconds: seconds(info.preferred_life_time),
  }))]));

export const readRoutes = async (device?: string): Promise<Route[]> => {
  const of = async (family: 4 | 6): Promise<Route[]> => (await json<RawRoute>(`-${family}`, 'route', 'show', ...(device === undefined ? [] : ['dev', device]))).map(raw => ({
    family, destination: raw.dst, gateway: raw.gateway ?? '', device: raw.dev ?? device ?? '', protocol: raw.protocol ?? '', metric: raw.metric, source: raw.prefsrc ?? '', scope: raw.scope ?? '',
  }));
  return (await Promise.all([of(4), of(6)])).flat();
};

/** IP addresses that answered, each with the MAC address that it answered from. */
export const readNeighbours = async (): Promise<{ mac: string; address: string }[]> =>
  (await json<{ dst: string; lladdr?: string; state?: string[] }>('neigh', 'show'))
    .filter(raw => raw.lladdr !== undefined && !(raw.state ?? []).includes('FAILED')).map(raw => ({ mac: raw.lladdr ?? '', address: raw.dst }));

/** iproute2 leaves empty objects in its lists. */
const json = async <T extends object>(...args: readonly string[]): Promise<T[]> => {
  const text = await ip('-j', ...args);
  return text.trim() === '' ? [] : (JSON.parse(text) as T[]).filter(raw => Object.keys(raw).length > 0);
};

const seconds = (life: number): number | undefined => (life >= FOREVER_SECONDS ? undefined : life);

export const netmaskOf = (prefix: number): string => [24, 16, 8, 0].map(shift => ((prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0) >>> shift) & 0xff).join('.');
/** Undefined: no netmask. */
export const prefixOf = (netmask: string): number | undefined => Array.from({ length: 33 }, (_, bits) => bits).find(bits => netmaskOf(bits) === netmask);
