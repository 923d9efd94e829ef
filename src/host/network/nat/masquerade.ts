import { readFile, writeFile } from 'node:fs/promises';
import { NetworkError } from '../contract';
import type { NetworkSpec } from '../contract';
import { nft } from '../programs';
import type { Subnet } from './subnet';

/* The way out of a NAT network: guests leave under the host's own address; what comes back is let in, what begins outside is not. One table per
 * network, replaced as a whole. */

export const masqueradeScript = (table: string, { bridge }: NetworkSpec, { network, prefix }: Subnet): string[] => [
  `add table ip ${table}`, `delete table ip ${table}`, `add table ip ${table}`,
  `add chain ip ${table} leave { type nat hook postrouting priority srcnat; policy accept; }`,
  `add rule ip ${table} leave ip saddr ${network}/${prefix} ip daddr != ${network}/${prefix} oifname != "${bridge}" masquerade`,
  `add chain ip ${table} enter { type filter hook forward priority filter; policy accept; }`,
  `add rule ip ${table} enter oifname "${bridge}" iifname != "${bridge}" ct state != { established, related } drop`,
];

export const masquerade = async (table: string, network: NetworkSpec, subnet: Subnet): Promise<void> => {
  await forward();
  await nft(...masqueradeScript(table, network, subnet));
};

export const endMasquerade = async (table: string): Promise<void> => { await nft(`add table ip ${table}`, `delete table ip ${table}`); };

const FORWARD = '/proc/sys/net/ipv4/ip_forward';
/** Never switched off again: others may count on it by then. */
const forward = async (): Promise<void> => {
  if ((await readFile(FORWARD, 'utf8')).trim() === '1') return;
  try { await writeFile(FORWARD, '1\n'); } catch { throw new NetworkError('unsupported', 'this machine does not let the service forward packets (net.ipv4.ip_forward cannot be set)'); }
};
