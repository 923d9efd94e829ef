import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { factsOf, isAlive, signalProcess, watchProcess, type ProcessId } from '../../platform/processes';
import { NetworkError } from '../contract';
import type { NetworkSpec } from '../contract';
import { run } from '../programs';
import type { Subnet } from './subnet';

/* DHCP and DNS of one NAT network: a dnsmasq of its own. It goes into the background by itself as soon as it answers, outlives this service, and is
 * found again by the file with its pid, and by its command line, which names that file. */

export interface Dnsmasq {
  ensure(network: NetworkSpec, subnet: Subnet): Promise<void>;
  end(networkUuid: string): Promise<void>;
}

const LEASE_TIME = '12h';
const DEFAULT_MTU = 1500;
const END_LIMIT_MS = 5_000;

export const leasesFile = (directory: string, uuid: string): string => path.join(directory, `${uuid}.leases`);
const pidFile = (directory: string, uuid: string): string => path.join(directory, `${uuid}.pid`);

export const dnsmasqArgs = (directory: string, { uuid, bridge, mtu }: NetworkSpec, { first, last, netmask, host }: Subnet): string[] => [
  '--conf-file=/dev/null', `--pid-file=${pidFile(directory, uuid)}`, `--dhcp-leasefile=${leasesFile(directory, uuid)}`,
  `--interface=${bridge}`, '--except-interface=lo', '--bind-interfaces', `--listen-address=${host}`, '--no-hosts', '--domain-needed', '--bogus-priv',
  // No ping before an offer: the range is this server's alone, and a guest would wait three seconds for it.
  `--dhcp-range=${first},${last},${netmask},${LEASE_TIME}`, '--dhcp-authoritative', '--dhcp-no-override', '--no-ping', '--quiet-dhcp',
  ...(mtu === DEFAULT_MTU ? [] : [`--dhcp-option-force=option:mtu,${mtu}`]),
];

export const createDnsmasq = (directory: string): Dnsmasq => {
  const running = async (uuid: string): Promise<{ id: ProcessId; args: readonly string[] } | undefined> => {
    const pid = Number((await readFile(pidFile(directory, uuid), 'utf8').catch(() => '')).trim());
    const facts = pid > 0 ? factsOf(pid) : undefined;
    if (!facts || facts.ended || !facts.args.includes(`--pid-file=${pidFile(directory, uuid)}`)) return undefined;
    return { id: { pid, startTicks: facts.startTicks }, args: facts.args.slice(1) };
  };
  const end = async (uuid: string): Promise<void> => {
    const found = await running(uuid);
    if (found && signalProcess(found.id, 'SIGTERM')) await ended(found.id);
    await rm(pidFile(directory, uuid), { force: true });
  };
  return {
    end,
    ensure: async (network, subnet) => {
      const args = dnsmasqArgs(directory, network, subnet);
      const found = await running(network.uuid);
      if (found && found.args.join('\0') === args.join('\0')) return;
      await end(network.uuid);
      await run('dnsmasq', args);
      if (!await running(network.uuid)) throw new NetworkError('failed', 'dnsmasq ended right after its start');
    },
  };
};

const ended = async (id: ProcessId): Promise<void> => {
  const watch = watchProcess(id);
  watch.nudge();
  const limit = setTimeout(() => { signalProcess(id, 'SIGKILL'); watch.nudge(); }, END_LIMIT_MS);
  try { if (isAlive(id)) await watch.exited; } finally { clearTimeout(limit); watch.dispose(); }
};
