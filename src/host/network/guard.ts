import { isIPv4, isIPv6 } from 'node:net';
import { NetworkError } from './contract';
import type { VifSpec } from './contract';
import type { Marks } from './marks';
import { nft } from './programs';

/* What a VIF may send and get, in an nftables table of ours in the bridge family: MAC and address locks, and how much it may send.
 * Each VIF has two chains, found by the name of its tap; a VIF without rules is not in the maps and costs nothing. */

export type Rules = Pick<VifSpec, 'lock' | 'kilobytesPerSecond'>;
export interface Guard {
  /** In one transaction: the VIF is never without its rules in between. */
  set(tap: string, rules: Rules): Promise<void>;
  clear(tap: string): Promise<void>;
  /** The taps that have rules. */
  known(): Promise<readonly string[]>;
}

export const createGuard = (marks: Marks): Guard => {
  const table = `bridge ${marks.guardTable}`;
  const exists = async (): Promise<boolean> => (await nft('list tables bridge')).split('\n').includes(`table ${table}`);
  const clear: Guard['clear'] = async tap => { if (await exists()) await nft(...base(table), ...gone(table, tap)); };
  return {
    clear,
    set: async (tap, rules) => {
      assertAddresses(rules);
      const from = rulesFrom(rules), to = rules.lock?.blocked === true ? ['drop'] : [];
      if (from.length + to.length === 0) { await clear(tap); return; }
      await nft(...base(table),
        `add chain ${table} from_${tap}`, `flush chain ${table} from_${tap}`, ...from.map(rule => `add rule ${table} from_${tap} ${rule}`),
        `add chain ${table} to_${tap}`, `flush chain ${table} to_${tap}`, ...to.map(rule => `add rule ${table} to_${tap} ${rule}`),
        `add element ${table} from { "${tap}" : jump from_${tap} }`, `add element ${table} to { "${tap}" : jump to_${tap} }`);
    },
    known: async () => (await exists() ? [...(await nft(`list table ${table}`)).matchAll(/^\s*chain from_(\S+) \{/gm)].map(([, tap = '']) => tap) : []),
  };
};

/** Nothing but addresses ever gets into a script. */
const assertAddresses = ({ lock }: Rules): void => {
  const wrong = lock && (lock.macs.find(mac => !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) ?? lock.ipv4.find(address => !isIPv4(address)) ?? lock.ipv6.find(address => !isIPv6(address) || address.includes('%')));
  if (wrong !== undefined) throw new NetworkError('failed', `"${wrong}" is no address that a VIF can be locked to`);
};

/** Priority: before everybody else's filters, as what is forged should not be seen by them. */
const base = (table: string): string[] => [
  `add table ${table}`,
  `add map ${table} from { type ifname : verdict; }`, `add map ${table} to { type ifname : verdict; }`,
  `add chain ${table} guests_send { type filter hook prerouting priority -310; policy accept; }`, `flush chain ${table} guests_send`, `add rule ${table} guests_send iifname vmap @from`,
  `add chain ${table} guests_get { type filter hook postrouting priority 310; policy accept; }`, `flush chain ${table} guests_get`, `add rule ${table} guests_get oifname vmap @to`,
];

/** What is not there is added first: nft has no "delete if there". */
const gone = (table: string, tap: string): string[] => ['from', 'to'].flatMap(way => [
  `add chain ${table} ${way}_${tap}`, `add element ${table} ${way} { "${tap}" : jump ${way}_${tap} }`, `delete element ${table} ${way} { "${tap}" }`,
  `flush chain ${table} ${way}_${tap}`, `delete chain ${table} ${way}_${tap}`,
]);

/** A guest's card hands over up to 64 KiB at once; less room than that would let nothing through. */
export const BURST_MIN_BYTES = 128 * 1024;
export const bytesPerSecond = (kilobytes: number): number => kilobytes * 1024;
export const burstBytes = (kilobytes: number): number => Math.max(BURST_MIN_BYTES, Math.round(bytesPerSecond(kilobytes) / 8));

/** Exported for its test: the rules by which what a guest sends is judged, in order. */
export const rulesFrom = ({ lock, kilobytesPerSecond: rate }: Rules): string[] => [
  ...(lock?.blocked === true ? ['drop'] : []),
  ...(rate === undefined ? [] : [`limit rate over ${bytesPerSecond(rate)} bytes/second burst ${burstBytes(rate)} bytes drop`]),
  ...(lock === undefined || lock.blocked ? [] : lockRules(lock)),
];

const lockRules = ({ macs, ipv4, ipv6 }: NonNullable<Rules['lock']>): string[] => [
  ...(macs.length === 0 ? ['drop'] : [`ether saddr != ${set(macs)} drop`]),
  ...family4(macs, ipv4), ...family6(ipv6), 'drop',
];

/** An address may be asked for by DHCP, probed for by ARP from 0.0.0.0, and nobody plays the DHCP server. */
const family4 = (macs: readonly string[], ipv4: readonly string[]): string[] => (ipv4.length === 0 ? [] : [
  `ether type arp arp saddr ether != ${set(macs)} drop`,
  `ether type arp arp saddr ip != ${set(['0.0.0.0', ...ipv4])} drop`,
  'ether type arp accept',
  'ether type ip udp sport 67 drop',
  'ether type ip ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept',
  `ether type ip ip saddr ${set(ipv4)} accept`,
]);

/** Neighbours may be asked from nowhere (:: looks whether an address is free) and told of one's own addresses only; nobody plays the router or the DHCP server. */
const family6 = (ipv6: readonly string[]): string[] => (ipv6.length === 0 ? [] : [
  'ether type ip6 icmpv6 type { nd-router-advert, nd-redirect } drop',
  'ether type ip6 udp sport 547 drop',
  ...ipv6.map(address => `ether type ip6 icmpv6 type nd-neighbor-advert @th,64,128 ${targetOf(address)} ip6 saddr ${set(ipv6)} accept`),
  'ether type ip6 icmpv6 type nd-neighbor-advert drop',
  'ether type ip6 ip6 saddr :: icmpv6 type { nd-neighbor-solicit, nd-router-solicit, mld2-listener-report } accept',
  `ether type ip6 ip6 saddr ${set(ipv6)} accept`,
]);

const set = (members: readonly string[]): string => `{ ${[...new Set(members)].join(', ')} }`;

/** An IPv6 address as one number of 128 bits. */
export const targetOf = (address: string): string => {
  const v4 = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const pair = (high: string | undefined, low: string | undefined): string => (Number(high) * 256 + Number(low)).toString(16);
  const text = v4 ? `${v4[1] ?? ''}${pair(v4[2], v4[3])}:${pair(v4[4], v4[5])}` : address;
  const [head = '', tail] = text.split('::');
  const words = (part: string): string[] => part.split(':').filter(Boolean);
  const before = words(head), after = words(tail ?? '');
  const all = tail === undefined ? before : [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after];
  return `0x${all.map(word => word.padStart(4, '0')).join('')}`;
};
