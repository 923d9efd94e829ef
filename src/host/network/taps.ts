import { chmod, stat } from 'node:fs/promises';
import type { NicSpec } from '../engine/contract';
import { messageOf } from './words';
import { NetworkError } from './contract';
import type { NetworkSpec, VifSpec } from './contract';
import { readLink } from './links';
import type { Marks } from './marks';
import { findProgram, ip, run, unlessGone } from './programs';

/* The host's end of a VIF: a tap, owned by the user that QEMU runs as, so that QEMU can open it without a right of its own. */

export interface Taps {
  /** Undefined: none, or nobody has it open. */
  inUse(vif: { vmUuid: string; device: string }): Promise<string | undefined>;
  make(vif: VifSpec, network: NetworkSpec): Promise<string>;
  /** Puts its cable into another bridge. */
  connect(tap: string, network: NetworkSpec, mtu: number): Promise<void>;
  disconnect(tap: string): Promise<void>;
  remove(vif: { vmUuid: string; device: string }): Promise<void>;
  /** What an engine plugs in. */
  backend(tap: string): NicSpec['backend'];
}

export const createTaps = (marks: Marks, uid: number): Taps => {
  const inUse: Taps['inUse'] = async vif => {
    const tap = marks.tap(vif), link = await readLink(tap);
    return link?.carrier === true && isSame(marks, link.alias, vif) ? tap : undefined;
  };
  const connect: Taps['connect'] = async (tap, { bridge }, mtu) => {
    await ip('link', 'set', 'dev', tap, 'mtu', String(mtu));
    await ip('link', 'set', 'dev', tap, 'master', bridge);
    await ip('link', 'set', 'dev', tap, 'up');
  };
  const remove: Taps['remove'] = async vif => {
    const tap = marks.tap(vif), link = await readLink(tap);
    if (!link) return;
    // Without an alias: it was made, and the service killed before it could say whose it is.
    if (link.alias !== '' && !isSame(marks, link.alias, vif)) throw new NetworkError('in-use', `the interface ${tap} belongs to another VIF`);
    await unlessGone(() => ip('link', 'delete', 'dev', tap));
  };
  return {
    inUse, connect, remove,
    make: async (vif, network) => {
      const present = await inUse(vif);
      if (present === undefined) {
        await openTun(uid);
        await remove(vif);
        const tap = marks.tap(vif);
        await ip('tuntap', 'add', 'dev', tap, 'mode', 'tap', 'user', String(uid));
        await ip('link', 'set', 'dev', tap, 'alias', marks.alias({ kind: 'vif', vmUuid: vif.vmUuid, device: vif.device }));
      }
      const tap = present ?? marks.tap(vif);
      await connect(tap, network, vif.mtu);
      return tap;
    },
    backend: ifname => ({ by: 'tap', ifname }),
    disconnect: async tap => { await unlessGone(() => ip('link', 'set', 'dev', tap, 'nomaster')); },
  };
};

export const isSame = (marks: Marks, alias: string, { vmUuid, device }: { vmUuid: string; device: string }): boolean => {
  const mine = marks.read(alias);
  return mine?.kind === 'vif' && mine.vmUuid === vmUuid && mine.device === device;
};

const TUN = '/dev/net/tun', EVERYBODY_READ_WRITE = 0o666;
/** As udev sets it up everywhere: everybody may open it, and gets only taps that are his. A machine without udev keeps it to root. */
const openTun = async (uid: number): Promise<void> => {
  if (!await stat(TUN).catch(() => undefined) && findProgram('modprobe') !== undefined) await run('modprobe', ['tun']).catch(() => { /* the next line says it */ });
  const node = await stat(TUN).catch(() => undefined);
  if (!node?.isCharacterDevice()) throw new NetworkError('unsupported', `${TUN} is missing: the kernel module tun is not loaded`);
  if (uid === node.uid || (node.mode & 0o006) === 0o006) return;
  try { await chmod(TUN, EVERYBODY_READ_WRITE); } catch (error) {
    throw new NetworkError('unsupported', `${TUN} cannot be opened by the user that virtual machines run as (uid ${uid}): ${messageOf(error)}`);
  }
};
