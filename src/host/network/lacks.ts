import { stat } from 'node:fs/promises';
import { runProgram } from '../platform/run-program';
import type { Networks } from './contract';
import { findProgram } from './programs';
import { messageOf } from './words';

/* What cannot be had on this machine, found out by trying it in a network namespace of its own that ends with the trial: a module that is listed may not
 * load, and a right that is listed may be none. A thing that works is tried once; one that does not is tried again when somebody asks, as
 * a program may have been installed meanwhile. */

type What = Parameters<Networks['lacks']>[0];
interface Trial { programs: readonly string[]; script: string; otherwise: string }

const TRIAL_TIMEOUT_MS = 10_000;
const RIGHTS = 'the service has no right to change networks (it does not run as root, or without CAP_NET_ADMIN and CAP_SYS_ADMIN): only user-mode networking is possible';

const TAP = 'ip tuntap add dev t0 mode tap';
const TRIALS: Readonly<Record<Exclude<What, 'user'>, readonly Trial[]>> = {
  internal: [
    { programs: ['ip'], script: 'ip link add name b0 type bridge', otherwise: 'the kernel has no bridges (module bridge)' },
    { programs: ['ip'], script: TAP, otherwise: 'the kernel has no taps (module tun), or /dev/net/tun is missing' },
  ],
  nat: [
    { programs: ['dnsmasq'], script: 'true', otherwise: '' },
    { programs: ['nft'], script: 'nft "add table ip t; add chain ip t c { type nat hook postrouting priority srcnat; }; add rule ip t c masquerade; add rule ip t c ct state established accept"', otherwise: 'the kernel cannot translate addresses (nftables with masquerade)' },
  ],
  bridge: [],
  vlan: [{ programs: ['ip'], script: 'ip link add name b0 type bridge && ip link add link b0 name b0.5 type vlan id 5', otherwise: 'the kernel has no VLANs (module 8021q)' }],
  bond: [{ programs: ['ip'], script: 'ip link add name o0 type bond mode active-backup', otherwise: 'the kernel has no bonding (module bonding)' }],
  'vif-lock': [{ programs: ['nft'], script: 'nft "add table bridge t; add chain bridge t c { type filter hook prerouting priority -310; }; add rule bridge t c arp saddr ip 10.0.0.1 drop"', otherwise: 'the kernel cannot filter on bridges (nftables, family bridge)' }],
  'vif-rate': [
    { programs: ['nft'], script: 'nft "add table bridge t; add chain bridge t c { type filter hook prerouting priority -310; }; add rule bridge t c limit rate over 1024 bytes/second drop"', otherwise: 'the kernel cannot limit rates on bridges (nftables, limit)' },
    { programs: ['ip', 'tc'], script: `${TAP} && tc qdisc add dev t0 root tbf rate 1mbit burst 32k latency 100ms`, otherwise: 'the kernel cannot limit rates (scheduler tbf)' },
  ],
  'vif-weight': [
    { programs: ['nft'], script: 'nft "add table bridge t; add map bridge t m { type ifname : classid; }; add chain bridge t c { type filter hook prerouting priority -300; }; add rule bridge t c meta priority set iifname map @m"', otherwise: 'the kernel cannot mark packets on bridges (nftables, meta priority)' },
    { programs: ['ip', 'tc'], script: `${TAP} && tc qdisc add dev t0 root handle 1: htb`, otherwise: 'the kernel cannot share an uplink out (scheduler htb)' },
  ],
};
const ON_A_BRIDGE: readonly What[] = ['nat', 'bridge', 'vif-lock', 'vif-rate', 'vif-weight'];

export const createLacks = (): Networks['lacks'] => {
  const works = new Set<What>();
  const find = async (what: Exclude<What, 'user'>): Promise<string> => {
    if (process.getuid?.() !== 0) return RIGHTS;
    for (const trial of [...(ON_A_BRIDGE.includes(what) ? TRIALS.internal : []), ...TRIALS[what]]) {
      const lack = await attempt(trial);
      if (lack !== '') return lack;
    }
    return '';
  };
  return async what => {
    if (what === 'user' || works.has(what)) return '';
    const lack = await find(what);
    if (lack === '') works.add(what);
    return lack;
  };
};

const attempt = async ({ programs, script, otherwise }: Trial): Promise<string> => {
  const missing = programs.filter(program => findProgram(program) === undefined);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}${missing.includes('dnsmasq') ? ' (on Debian: dnsmasq-base)' : missing.includes('nft') ? ' (on Debian: nftables)' : ''}`;
  const unshare = findProgram('unshare');
  if (unshare === undefined) return 'not installed: unshare (on Debian: util-linux)';
  const inOwnNamespace = (command: string) => runProgram(unshare, ['--net', 'sh', '-c', `PATH="$PATH:/usr/sbin:/sbin"; ${command}`], { timeoutMs: TRIAL_TIMEOUT_MS });
  try {
    if (script.includes('tuntap') && !await stat('/dev/net/tun').catch(() => undefined)) return otherwise;
    const { code, stderr } = await inOwnNamespace(script);
    if (code === 0) return '';
    if (/permitted|permission/i.test(stderr) || (await inOwnNamespace('true')).code !== 0) return RIGHTS;
    return `${otherwise}: ${stderr.trim().split('\n')[0] ?? ''}`;
  } catch (error) { return `${otherwise}: ${messageOf(error)}`; }
};
