import { uuidOf } from '../../platform/ids';
import { NetworkError } from '../contract';
import { readLink } from '../links';
import { IFNAME_MAX_CHARS, type Marks } from '../marks';
import { ip, unlessGone } from '../programs';

/* VLANs (802.1Q): an interface of its own for one tag on another. */

/** `eth0.17`; where that is too long, `vlan17-` and four digits of the uplink's name. */
export const vlanDevice = (uplink: string, tag: number): string => {
  const plain = `${uplink}.${tag}`;
  return plain.length <= IFNAME_MAX_CHARS ? plain : `vlan${tag}-${uuidOf(uplink).slice(-4)}`;
};
export const vlanArgs = (uplink: string, tag: number): string[] => ['link', 'add', 'link', uplink, 'name', vlanDevice(uplink, tag), 'type', 'vlan', 'id', String(tag)];

export const createVlanDevice = async (marks: Marks, uplink: string, tag: number): Promise<string> => {
  const device = vlanDevice(uplink, tag), present = await readLink(device);
  if (present && present.kind !== 'vlan') throw new NetworkError('in-use', `the interface ${device} exists already`);
  if (!await readLink(uplink)) throw new NetworkError('not-found', `this machine has no interface ${uplink}`);
  if (!present) {
    await ip(...vlanArgs(uplink, tag));
    try { await ip('link', 'set', 'dev', device, 'alias', marks.alias({ kind: 'link' })); } catch (error) { await unlessGone(() => ip('link', 'delete', 'dev', device)); throw error; }
  }
  await ip('link', 'set', 'dev', uplink, 'up');
  await ip('link', 'set', 'dev', device, 'up');
  return device;
};

/** One that the administrator made is left to him. */
export const destroyVlanDevice = async (marks: Marks, device: string): Promise<void> => {
  const present = await readLink(device);
  if (present?.kind === 'vlan' && marks.read(present.alias)?.kind === 'link') await unlessGone(() => ip('link', 'delete', 'dev', device));
};
