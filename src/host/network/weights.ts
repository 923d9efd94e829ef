import { readFile } from 'node:fs/promises';
import { NetworkError } from './contract';
import type { VifSpec } from './contract';
import { readLinks, type Link } from './links';
import type { Marks } from './marks';
import { ip, nft, tc, tcBatch } from './programs';
import { messageOf } from './words';

/* What VIFs get of an uplink that is full: an HTB class each on the interface that they leave the machine by, its share by the VIF's weight.
 * nftables writes a VIF's class into its packets where they come in (a packet's priority), so no filter has to look at them again.
 * A weight is kept in the alias of the VIF's tap, so the kernel alone tells what there is to be: `settle` makes it so, whatever was before.
 * An interface on which nobody has a weight keeps what it had. */

export const USUAL_WEIGHT = 100;
export interface Weights {
  /** Has any VIF a weight? Without one nothing has to be settled. */
  inUse(): Promise<boolean>;
  /** Writes down what the VIF says; its tap is there. */
  note(vif: VifSpec): Promise<void>;
  settle(): Promise<void>;
  /** Why weights do not count although this machine could; empty: they do. */
  refusal(): string;
}
export interface Share { tap: string; weight: number }

export const createWeights = (marks: Marks): Weights => {
  let any: boolean | undefined, refusal = '';
  const table = `bridge ${marks.weightTable}`, major = marks.weightHandle;
  const marked = async (): Promise<boolean> => (await nft('list tables bridge')).split('\n').includes(`table ${table}`);
  const settle = async (): Promise<void> => {
    const links = await readLinks(), shares = sharesOf(links, marks), disciplines = disciplinesOf(await tc('qdisc', 'show'));
    any = links.some(link => weightOf(marks, link) !== undefined);
    const foreign = [...shares.keys()].filter(device => { const root = disciplines.get(device); return root !== undefined && !isOurs(root, major); });
    refusal = foreign.map(device => `the interface ${device} has a queueing discipline of its own (${disciplines.get(device) ?? ''}), which is left as it is`).join('; ');
    for (const device of foreign) shares.delete(device);
    for (const [device, root] of disciplines) if (isOurs(root, major) && !shares.has(device)) await tc('qdisc', 'delete', 'dev', device, 'root');
    for (const [device, wanted] of shares) {
      const present = disciplines.has(device) ? [...(await tc('class', 'show', 'dev', device)).matchAll(/^class htb [0-9a-f]+:([0-9a-f]+) /gm)].map(([, minor = '']) => parseInt(minor, 16)) : undefined;
      await tcBatch(shareCommands(device, major, wanted, await bitsPerSecond(device), present));
    }
    if (shares.size > 0) await nft(...classifyScript(table, major, shares));
    else if (await marked()) await nft(`delete table ${table}`);
  };
  return {
    inUse: async () => any ??= (await readLinks()).some(link => weightOf(marks, link) !== undefined) || await marked(),
    note: async vif => {
      const tap = marks.tap(vif), link = (await readLinks()).find(({ name }) => name === tap);
      const { vmUuid, device, weight } = vif, alias = marks.alias({ kind: 'vif', vmUuid, device, ...(weight === undefined ? {} : { weight }) });
      if (link && link.alias !== alias) await ip('link', 'set', 'dev', tap, 'alias', alias);
    },
    settle: async () => {
      // A card is plugged all the same: a weight is kept, and the reason told, where it cannot count.
      try { await settle(); } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        refusal = messageOf(error);
      }
    },
    refusal: () => refusal,
  };
};

const weightOf = (marks: Marks, { alias }: Link): number | undefined => { const mine = marks.read(alias); return mine?.kind === 'vif' ? mine.weight : undefined; };

/** By the interface that guests leave the machine by - below a VLAN, as it is one cable for all of them -, and only where somebody has a weight. */
export const sharesOf = (links: readonly Link[], marks: Marks): Map<string, Share[]> => {
  const byName = new Map(links.map(link => [link.name, link]));
  const below = (link: Link): Link => { const lower = link.kind === 'vlan' ? byName.get(link.lower) : undefined; return lower ? below(lower) : link; };
  const isVif = (link: Link): boolean => marks.read(link.alias)?.kind === 'vif';
  const out = new Map<string, Link>(links.filter(link => marks.read(byName.get(link.master)?.alias)?.kind === 'network' && !isVif(link)).map(link => [link.master, below(link)]));
  const vifs = links.filter(link => isVif(link) && out.has(link.master)).sort((a, b) => (a.name < b.name ? -1 : 1)), wayOut = ({ master }: Link): string | undefined => out.get(master)?.name;
  const devices = new Set(vifs.filter(vif => weightOf(marks, vif) !== undefined).map(wayOut));
  return new Map([...devices].flatMap(device => (device === undefined ? [] : [[device, vifs.filter(vif => wayOut(vif) === device).map(vif => ({ tap: vif.name, weight: weightOf(marks, vif) ?? USUAL_WEIGHT }))] as const])));
};

/** What was put at an interface's root, as `htb 1:`; the kernel's own has the handle 0. */
const disciplinesOf = (shown: string): Map<string, string> =>
  new Map([...shown.matchAll(/^qdisc (\S+) ([0-9a-f]+): dev (\S+) root /gm)].filter(([, , handle]) => handle !== '0').map(([, kind = '', handle = '', device = '']) => [device, `${kind} ${handle}:`]));
const isOurs = (root: string, major: string): boolean => root === `htb ${major}:`;

const ALL = 1, FIRST = 0x10;
/** One handing-over of a guest's card: the smallest share must be able to send it in one turn, else all get turns instead of bytes. */
const QUANTUM_BYTES = 64 * 1024, QUANTUM_MAX_BYTES = 4 * 1024 ** 2;
const RATE_MIN_BITS = 8_000, BURST_SECONDS = 0.001;
/** Where nobody knows how fast the cable is, the card decides when there is room; the shares are the same. */
const UNKNOWN_BITS = 100e9;

/** Lines for `tc -batch`. What the host itself sends is in no class, and goes first. @param present the classes that are there; undefined: nothing is */
export const shareCommands = (device: string, major: string, shares: readonly Share[], bits = UNKNOWN_BITS, present?: readonly number[]): string[] => {
  const sum = shares.reduce((all, { weight }) => all + weight, 0), least = Math.min(...shares.map(({ weight }) => weight));
  const line = (parent: string, minor: number, rate: number, quantum: number): string =>
    `class replace dev ${device} parent ${major}:${parent} classid ${major}:${minor.toString(16)} htb rate ${rate}bit ceil ${bits}bit burst ${burst(rate)} cburst ${burst(bits)} quantum ${quantum}`;
  const wanted = shares.map(({ weight }, i) => line(ALL.toString(16), FIRST + i, Math.max(RATE_MIN_BITS, Math.round(bits * weight / sum)), Math.min(QUANTUM_MAX_BYTES, Math.round(QUANTUM_BYTES * weight / least))));
  return [
    ...(present ? [] : [`qdisc add dev ${device} root handle ${major}: htb`]), line('', ALL, bits, QUANTUM_BYTES), ...wanted,
    ...(present ?? []).filter(minor => minor >= FIRST + shares.length).map(minor => `class delete dev ${device} classid ${major}:${minor.toString(16)}`),
  ];
};
const burst = (bits: number): number => Math.max(QUANTUM_BYTES, Math.round(bits / 8 * BURST_SECONDS));

/** In one transaction; after the filters of guard.ts, as what is dropped needs no class. */
export const classifyScript = (table: string, major: string, shares: ReadonlyMap<string, readonly Share[]>): string[] => [
  `add table ${table}`, `delete table ${table}`, `add table ${table}`, `add map ${table} classes { type ifname : classid; }`,
  `add chain ${table} guests_send { type filter hook prerouting priority -300; policy accept; }`, `add rule ${table} guests_send meta priority set iifname map @classes`,
  ...[...shares.values()].flatMap(taps => taps.map(({ tap }, i) => `add element ${table} classes { "${tap}" : ${major}:${(FIRST + i).toString(16)} }`)),
];

/** Undefined: the card does not say. */
const bitsPerSecond = async (device: string): Promise<number | undefined> => {
  const megabits = Number((await readFile(`/sys/class/net/${device}/speed`, 'utf8').catch(() => '')).trim());
  return megabits > 0 ? megabits * 1e6 : undefined;
};
