/* The certificates that were trusted on first use, address by address. A damaged file is an error and not a fresh start:
 * trust is not forgotten silently. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isFingerprint } from '../client';
import { CannotError, type Terminal } from './verb';

export const knownHostsFile = (env: Terminal['env']): string => {
  const config = env['XDG_CONFIG_HOME'];
  return path.join(config !== undefined && path.isAbsolute(config) ? config : path.join(env['HOME'] ?? os.homedir(), '.config'), 'administrator-console', 'known-hosts.json');
};

export const readKnownHosts = (file: string): Map<string, string> => {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw new CannotError(`cannot read ${file}: ${(error as Error).message}`);
  }
  try {
    const { hosts } = JSON.parse(text) as { hosts?: unknown };
    if (typeof hosts !== 'object' || hosts === null) throw new Error('no hosts in it');
    const known = Object.entries(hosts as Record<string, unknown>).map(([address, fingerprint]): [string, string] => {
      if (typeof fingerprint !== 'string' || !isFingerprint(fingerprint)) throw new Error(`no fingerprint for ${address}`);
      return [address, fingerprint];
    });
    return new Map(known);
  } catch (error) {
    throw new CannotError(`${file} is damaged (${(error as Error).message}). Mend it, or move it away to trust hosts anew.`);
  }
};

export const rememberHost = (file: string, address: string, fingerprint: string): void => {
  const hosts = { ...Object.fromEntries(readKnownHosts(file)), [address]: fingerprint };
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const whole = `${file}.${process.pid}.new`;
  fs.writeFileSync(whole, `${JSON.stringify({ hosts }, undefined, 2)}\n`, { mode: 0o600 });
  fs.renameSync(whole, file);
};
