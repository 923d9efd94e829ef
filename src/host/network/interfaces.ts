import { readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { InterfaceFacts } from './contract';
import { netmaskOf, readAddresses, readLinks, readRoutes, type Link } from './links';
import type { Marks } from './marks';

/* The interfaces of this machine, as `ip` and /sys/class/net tell of them. What a bridge of ours took over from its uplink is told of the uplink. */

const SYS = '/sys/class/net';

export const readInterfaces = async (marks: Marks): Promise<InterfaceFacts[]> => {
  const [links, addresses, routes] = await Promise.all([readLinks(), readAddresses(), readRoutes()]);
  return Promise.all(links.filter(link => !link.loopback && !isGuests(marks, link)).map(async link => {
    const holder = ownBridge(marks, links, link) ?? link.name;
    const out = routes.find(route => route.destination === 'default' && route.family === 4 && route.device === holder);
    return {
      device: link.name, mac: link.mac, mtu: link.mtu, carrier: link.up && link.carrier,
      speed: Math.max(0, Number(await read(link.name, 'speed')) || 0), duplex: await read(link.name, 'duplex') === 'full',
      physical: isPhysical(links, link),
      addresses: (addresses.get(holder) ?? []).filter(({ scope }) => scope !== 'link').map(({ address, prefix, family }) => ({ address, netmask: family === 4 ? netmaskOf(prefix) : String(prefix), family })),
      defaultRoute: out !== undefined, gateway: out?.gateway ?? '',
      driver: await base(link.name, 'device/driver'), pciPath: await pciOf(link.name),
      vendorId: await hexadecimal(link.name, 'device/vendor'), deviceId: await hexadecimal(link.name, 'device/device'),
    };
  }));
};

/** Where there is no card at all - in a container, in a network namespace - a veth is one; elsewhere a veth is a container's. */
const isPhysical = (links: readonly Link[], { kind }: Link): boolean => {
  const isCard = (link: Link): boolean => link.kind === '' && !link.loopback;
  return kind === '' || (kind === 'veth' && !links.some(isCard));
};

/** Taps, bridges of ours: no interface that a network could reach out by. */
const isGuests = (marks: Marks, link: Link): boolean => ['vif', 'network'].includes(marks.read(link.alias)?.kind ?? '') || link.name.startsWith(marks.mark);

const ownBridge = (marks: Marks, links: readonly Link[], { master }: Link): string | undefined =>
  links.find(link => link.name === master && marks.read(link.alias)?.kind === 'network')?.name;

const read = async (device: string, file: string): Promise<string> => (await readFile(path.join(SYS, device, file), 'utf8').catch(() => '')).trim();
/** "0x8086" */
const hexadecimal = async (device: string, file: string): Promise<string> => (await read(device, file)).replace(/^0x/, '');
const base = async (device: string, link: string): Promise<string> => path.basename(await readlink(path.join(SYS, device, link)).catch(() => ''));
/** "0000:00:03.0"; empty for a device on no PCI bus. A virtio card's own device is below it. */
const pciOf = async (device: string): Promise<string> =>
  /([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])(?!.*[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.)/.exec(await readlink(path.join(SYS, device)).catch(() => ''))?.[1] ?? '';
