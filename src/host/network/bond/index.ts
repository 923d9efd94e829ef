import { NetworkError } from '../contract';
import type { Networks } from '../contract';
import { readLink, readLinks, type Link } from '../links';
import { isInterfaceName, type Marks } from '../marks';
import { ip, unlessGone } from '../programs';

/* Bonds: several interfaces as one. */

type Mode = Parameters<Networks['createBond']>[2];
const MII_EVERY_MS = 100, UP_DELAY_MS = 200;

/** Balancing by source (balance-slb) is a thing of Open vSwitch: the kernel's bonding would let a guest's broadcasts come back through the other member. */
export const SLB_REASON = 'balance-slb needs Open vSwitch; this host offers active-backup and LACP';

export const bondArgs = (device: string, mode: Mode, mac?: string): string[] => {
  const way = {
    'active-backup': ['mode', 'active-backup', 'fail_over_mac', 'none'],
    lacp: ['mode', '802.3ad', 'lacp_rate', 'fast', 'xmit_hash_policy', 'layer3+4'],
  };
  if (mode === 'balance-slb') throw new NetworkError('unsupported', SLB_REASON);
  return ['link', 'add', 'name', device, ...(mac === undefined ? [] : ['address', mac]), 'type', 'bond', ...way[mode], 'miimon', String(MII_EVERY_MS), 'updelay', String(UP_DELAY_MS), 'downdelay', '0'];
};

export const createBondDevice = async (marks: Marks, device: string, members: readonly string[], mode: Mode, mac?: string): Promise<void> => {
  if (!isInterfaceName(device)) throw new NetworkError('failed', `"${device}" cannot be the name of a bond`);
  const args = bondArgs(device, mode, mac);
  const present = await readLink(device);
  if (present && (present.kind !== 'bond' || marks.read(present.alias)?.kind !== 'link')) throw new NetworkError('in-use', `the interface ${device} exists already`);
  const links = await membersOf(device, members);
  // What is there may be of another mode, or half done: a bond without members is quickly made again.
  if (present) {
    if (links.every(link => link.master === device) && await modeOf(device) === mode) return;
    await destroyBondDevice(marks, device);
  }
  await ip(...args);
  try {
    await ip('link', 'set', 'dev', device, 'alias', marks.alias({ kind: 'link' }));
    for (const { name } of links) {
      await ip('link', 'set', 'dev', name, 'down'); // bonding takes only interfaces that are down
      await ip('link', 'set', 'dev', name, 'master', device);
    }
    await ip('link', 'set', 'dev', device, 'up');
  } catch (error) {
    await unlessGone(() => ip('link', 'delete', 'dev', device));
    for (const { name, up } of links) if (up) await unlessGone(() => ip('link', 'set', 'dev', name, 'up'));
    throw error;
  }
};

/** The kernel lets its members go. */
export const destroyBondDevice = async (marks: Marks, device: string): Promise<void> => {
  const links = await readLinks(), present = links.find(link => link.name === device);
  if (present?.kind !== 'bond' || marks.read(present.alias)?.kind !== 'link') return;
  const members = links.filter(link => link.master === device);
  await unlessGone(() => ip('link', 'delete', 'dev', device));
  for (const { name } of members) await unlessGone(() => ip('link', 'set', 'dev', name, 'up'));
};

export const readBondLinks = async (device: string): Promise<ReadonlyMap<string, boolean>> =>
  new Map((await readLinks()).filter(link => link.master === device).map(link => [link.name, link.carrier]));

const membersOf = async (device: string, members: readonly string[]): Promise<Link[]> => {
  const links = await readLinks();
  return members.map(name => {
    const link = links.find(one => one.name === name);
    if (!link) throw new NetworkError('not-found', `this machine has no interface ${name}`);
    if (link.master !== '' && link.master !== device) throw new NetworkError('in-use', `the interface ${name} belongs to ${link.master} already`);
    return link;
  });
};

const modeOf = async (device: string): Promise<Mode | undefined> => {
  const [shown] = JSON.parse(await ip('-j', '-d', 'link', 'show', 'dev', device)) as { linkinfo?: { info_data?: { mode?: string } } }[];
  const mode = shown?.linkinfo?.info_data?.mode;
  return mode === '802.3ad' ? 'lacp' : mode === 'active-backup' ? mode : undefined;
};
