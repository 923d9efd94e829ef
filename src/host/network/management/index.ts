import { lstat, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../platform/durable-files';
import { belongingsOf, giveCommands, type Belongings } from '../belongings';
import { NetworkError } from '../contract';
import type { AddressConfig } from '../contract';
import { prefixOf, readAddresses } from '../links';
import { findProgram, ip, run, unlessGone } from '../programs';

/* The host's own address on an interface (or on the bridge above it): none, from DHCP, or given. */

const RESOLV_CONF = '/etc/resolv.conf';

/** @param directory of the DHCP client's files */
export const configureAddress = async (directory: string, device: string, config: AddressConfig): Promise<void> => {
  switch (config.mode) {
    case 'None': await endDhcp(directory, device); await flush(device); return;
    case 'Static': {
      const { address, prefix } = checked(config);
      await endDhcp(directory, device);
      const { routes } = await belongingsOf(device);
      await ip('link', 'set', 'dev', device, 'up');
      // An address that stays is left alone: connections over it go on. The others first: with the first of a subnet the kernel takes those after it away.
      await flush(device, `${address}/${prefix}`);
      await ip('addr', 'replace', `${address}/${prefix}`, 'brd', '+', 'dev', device);
      await settleGateway(device, config.gateway, routes);
      await keepRoutes(device, routes);
      await nameServers(device, config.dns.split(/[\s,]+/).filter(Boolean));
      return;
    }
    case 'DHCP': await startDhcp(directory, device); return;
  }
};

const checked = ({ address, netmask }: AddressConfig): { address: string; prefix: number } => {
  const prefix = prefixOf(netmask);
  if (prefix === undefined || prefix === 0) throw new NetworkError('failed', `"${netmask}" is no netmask`);
  return { address, prefix };
};

const flush = async (device: string, keep?: string): Promise<void> => {
  for (const { address, prefix, family } of (await readAddresses(device)).get(device) ?? []) {
    if (family === 4 && `${address}/${prefix}` !== keep) await unlessGone(() => ip('addr', 'delete', `${address}/${prefix}`, 'dev', device));
  }
};

const EVERYWHERE = '0.0.0.0/0';
/** One way out on this interface, with the metric that there was. */
const settleGateway = async (device: string, gateway: string, before: Belongings['routes']): Promise<void> => {
  const outs = (await belongingsOf(device)).routes.filter(({ family, destination }) => family === 4 && destination === 'default');
  const metricWords = (metric: number | undefined): string[] => (metric === undefined ? [] : ['metric', String(metric)]);
  for (const out of outs) await unlessGone(() => ip('route', 'delete', EVERYWHERE, 'dev', device, ...metricWords(out.metric)));
  const metric = before.find(({ family, destination }) => family === 4 && destination === 'default')?.metric;
  if (gateway !== '') await ip('route', 'replace', EVERYWHERE, 'via', gateway, 'dev', device, ...metricWords(metric));
};

/** Other routes went with the old address: those that lead through the new one as well come back. */
const keepRoutes = async (device: string, routes: Belongings['routes']): Promise<void> => {
  const others = routes.filter(({ family, destination }) => family === 4 && destination !== 'default').map(route => ({ ...route, source: '' }));
  for (const command of giveCommands({ addresses: [], routes: others }, device)) await ip(...command.split(' ')).catch(() => { /* it does not fit the new address */ });
};

/** By systemd-resolved where it manages the file (then that is a link), else into the file. */
const nameServers = async (device: string, servers: readonly string[]): Promise<void> => {
  if (servers.length === 0) return;
  if (findProgram('resolvectl') !== undefined && (await lstat(RESOLV_CONF).catch(() => undefined))?.isSymbolicLink() === true) {
    await run('resolvectl', ['dns', device, ...servers]);
    return;
  }
  await writeFileAtomic(RESOLV_CONF, `# Written by the Administrator Console host: PIF.reconfigure_ip\n${servers.map(server => `nameserver ${server}\n`).join('')}`, { mode: 0o644 });
};

const dhcpFiles = (directory: string, device: string): { pid: string; leases: string } => ({ pid: path.join(directory, `dhclient.${device}.pid`), leases: path.join(directory, `dhclient.${device}.leases`) });

/** It answers when it has an address, and goes on in the background. */
const startDhcp = async (directory: string, device: string): Promise<void> => {
  if (findProgram('dhclient') === undefined) throw new NetworkError('unsupported', 'not installed: dhclient (on Debian: isc-dhcp-client), which asks for an address');
  const { pid, leases } = dhcpFiles(directory, device);
  await endDhcp(directory, device);
  await flush(device);
  await ip('link', 'set', 'dev', device, 'up');
  await run('dhclient', ['-4', '-1', '-pf', pid, '-lf', leases, device]);
};

/** Ends ours only: by its pid file. */
const endDhcp = async (directory: string, device: string): Promise<void> => {
  const { pid } = dhcpFiles(directory, device);
  if (!await lstat(pid).catch(() => undefined)) return;
  await run('dhclient', ['-4', '-x', '-pf', pid, device]);
  await rm(pid, { force: true });
};
