import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../platform/durable-files';
import type { Bridges } from '../bridges';
import { NetworkError } from '../contract';
import type { NetworkSpec } from '../contract';
import type { Driver } from '../driver';
import { readLink, readLinks, type Link } from '../links';
import { ip } from '../programs';
import { belongingsOf, giveCommands, isEmpty, takeCommands, type Belongings } from '../belongings';

/* A bridge onto an interface of the machine. What the host itself had on the interface - its addresses and routes - lives on the bridge from then on,
 * with the interface's MAC address, and goes back when the bridge goes.
 * The move is one run of `ip -batch`, which a killed service does not stop; what is being moved is written down before, and struck out after. */

interface Note { uplink: string; mtu: number; moving?: { boot: string; belongings: Belongings } }

export const createBridge = (bridges: Bridges, directory: string): Driver => {
  const noteFile = (uuid: string): string => path.join(directory, `${uuid}.uplink`);
  const writeNote = (uuid: string, note: Note): Promise<void> => writeFileAtomic(noteFile(uuid), JSON.stringify(note));
  const readNote = async (uuid: string): Promise<Note | undefined> => {
    try { return JSON.parse(await readFile(noteFile(uuid), 'utf8')) as Note; } catch { return undefined; }
  };
  const batch = async (uuid: string, commands: readonly string[], force = false): Promise<void> => {
    const file = path.join(directory, `${uuid}.batch`);
    await writeFileAtomic(file, commands.map(command => `${command}\n`).join(''), { durable: false });
    try { await ip(...(force ? ['-force'] : []), '-batch', file); } finally { await rm(file, { force: true }); }
  };

  const join = async ({ uuid, bridge }: NetworkSpec, uplink: Link, mtuBefore: number): Promise<void> => {
    const found = await belongingsOf(uplink.name), note = await readNote(uuid), boot = await bootId();
    const interrupted = note?.uplink === uplink.name && note.moving?.boot === boot && isEmpty(found) ? note.moving.belongings : undefined;
    const belongings = interrupted ?? found, rest = { uplink: uplink.name, mtu: mtuBefore };
    await writeNote(uuid, { ...rest, moving: { boot, belongings } });
    try {
      await batch(uuid, [
        ...takeCommands(found, uplink.name), `link set dev ${uplink.name} up`, `link set dev ${uplink.name} master ${bridge}`, `link set dev ${bridge} up`, ...giveCommands(belongings, bridge),
      ]);
    } catch (error) {
      await batch(uuid, [...takeCommands(belongings, bridge), `link set dev ${uplink.name} nomaster`, ...giveCommands(belongings, uplink.name)], true).catch(() => { /* the first error says it */ });
      throw error;
    }
    await writeNote(uuid, rest);
  };

  const leave = async ({ uuid, bridge }: NetworkSpec): Promise<void> => {
    const note = await readNote(uuid);
    const uplink = (await readLinks()).find(link => link.master === bridge && link.name === note?.uplink);
    if (note && uplink) {
      const belongings = await belongingsOf(bridge);
      await writeNote(uuid, { ...note, moving: { boot: await bootId(), belongings } });
      await batch(uuid, [
        ...takeCommands(belongings, bridge), `link set dev ${uplink.name} nomaster`, ...(uplink.mtu === note.mtu ? [] : [`link set dev ${uplink.name} mtu ${note.mtu}`]),
        ...giveCommands(belongings, uplink.name),
      ]);
    }
    await rm(noteFile(uuid), { force: true });
  };

  return {
    up: async network => {
      const { bridge, mtu } = network, uplink = await usableUplink(network);
      await bridges.make(network, uplink.mac);
      if (uplink.mtu < mtu) await ip('link', 'set', 'dev', uplink.name, 'mtu', String(mtu));
      if (uplink.master !== bridge) await join(network, uplink, uplink.mtu);
      await bridges.start(network);
    },
    down: async network => {
      if (await bridges.find(network)) await leave(network);
      await bridges.remove(network);
    },
  };
};

const usableUplink = async ({ uplink: name, bridge }: NetworkSpec): Promise<Link> => {
  if (name === undefined || name === '') throw new NetworkError('failed', 'a bridge needs an interface that it reaches out by');
  const uplink = await readLink(name);
  if (!uplink) throw new NetworkError('not-found', `this machine has no interface ${name}`);
  if (uplink.loopback || uplink.kind === 'bridge') throw new NetworkError('failed', `${name} cannot be the uplink of a bridge`);
  if (uplink.master !== '' && uplink.master !== bridge) throw new NetworkError('in-use', `the interface ${name} belongs to ${uplink.master} already`);
  return uplink;
};

const bootId = async (): Promise<string> => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
