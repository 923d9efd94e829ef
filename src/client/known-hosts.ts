/* Hosts that were trusted, address by address, with who logged in: one file for the console and xe. No password is in it. A damaged file is an error and not a fresh
 * start: trust is not forgotten silently. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isFingerprint } from './tls';

export interface TrustedHost { fingerprint: string; user?: string; lastUsed?: string }
export class KnownHostsUnreadable extends Error {}

export const knownHostsFile = (env: Readonly<Record<string, string | undefined>>): string => {
  const config = env['XDG_CONFIG_HOME'];
  return path.join(config !== undefined && path.isAbsolute(config) ? config : path.join(env['HOME'] ?? os.homedir(), '.config'), 'administrator-console', 'known-hosts.json');
};

export const readKnownHosts = (file: string): Map<string, TrustedHost> => {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw new KnownHostsUnreadable(`cannot read ${file}: ${(error as Error).message}`);
  }
  try {
    const { hosts } = JSON.parse(text) as { hosts?: unknown };
    if (typeof hosts !== 'object' || hosts === null) throw new Error('no hosts in it');
    return new Map(Object.entries(hosts).map(([address, host]) => [address, trusted(address, host)]));
  } catch (error) {
    throw new KnownHostsUnreadable(`${file} is damaged (${(error as Error).message}). Mend it, or move it away to trust hosts anew.`);
  }
};

/** The first form of the file had the fingerprint alone. */
const trusted = (address: string, host: unknown): TrustedHost => {
  const { fingerprint, user, lastUsed } = (typeof host === 'string' ? { fingerprint: host } : host ?? {}) as Partial<Record<keyof TrustedHost, unknown>>;
  if (typeof fingerprint !== 'string' || !isFingerprint(fingerprint)) throw new Error(`no fingerprint for ${address}`);
  return { fingerprint, ...(typeof user === 'string' && { user }), ...(typeof lastUsed === 'string' && { lastUsed }) };
};

/** `host` undefined: it is forgotten. What another program has written meanwhile stays. */
export const rememberHost = (file: string, address: string, host: TrustedHost | undefined): void => {
  const known = readKnownHosts(file);
  if (host) known.set(address, host); else if (!known.delete(address)) return;
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const whole = `${file}.${process.pid}.new`;
  fs.writeFileSync(whole, `${JSON.stringify({ hosts: Object.fromEntries(known) }, undefined, 2)}\n`, { mode: 0o600 });
  fs.renameSync(whole, file);
};
