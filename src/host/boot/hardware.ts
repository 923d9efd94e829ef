import { readFileSync } from 'node:fs';
import os from 'node:os';

/* What this machine is, from the system's own files. */

export interface Hardware {
  hostname: string;
  cpus: { count: number; vendor: string; model: string; speedMhz: number; flags: string };
  memoryTotalBytes: number;
  memoryAvailableBytes: number;
  bootId: string;
  uplink: { device: string; mac: string; address: string; netmask: string } | undefined;
}

/** Each fact is read when it is asked for: a VM's start asks for memory only, and waits for it. */
export const readHardware = (): Hardware => ({
  get hostname() { return os.hostname(); },
  get cpus() { return cpus(); },
  get memoryTotalBytes() { return os.totalmem(); },
  get memoryAvailableBytes() { return availableBytes(); },
  get bootId() { return readOr('/proc/sys/kernel/random/boot_id', '').trim(); },
  get uplink() { return findUplink(); },
});

let known: Hardware['cpus'] | undefined;
const cpus = (): Hardware['cpus'] => {
  if (known) return known;
  const all = os.cpus();
  const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(cpuinfo)?.[1] ?? '';
  const cpuinfo = readOr('/proc/cpuinfo', '');
  return known = { count: Math.max(1, all.length), vendor: field('vendor_id'), model: all[0]?.model.trim() ?? '', speedMhz: all[0]?.speed ?? 0, flags: field('flags') };
};

/** Free memory and what the system can give back at once. */
const availableBytes = (): number => {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(readOr('/proc/meminfo', ''))?.[1];
  return kib === undefined ? os.freemem() : Number(kib) * 1024;
};

/** The interface of the default route, else any that is not the machine's own. */
const findUplink = (): Hardware['uplink'] => {
  const route = readOr('/proc/net/route', '').split('\n').map(line => line.split('\t')).find(([, destination, , flags]) => destination === '00000000' && (Number.parseInt(flags ?? '0', 16) & 1) === 1);
  const candidates = Object.entries(os.networkInterfaces()).flatMap(([device, addresses = []]) => addresses.filter(({ internal, family }) => !internal && family === 'IPv4').map(address => ({ device, ...address })));
  const found = candidates.find(({ device }) => device === route?.[0]) ?? candidates[0];
  return found && { device: found.device, mac: found.mac, address: found.address, netmask: found.netmask };
};

const readOr = (file: string, otherwise: string): string => { try { return readFileSync(file, 'utf8'); } catch { return otherwise; } };
