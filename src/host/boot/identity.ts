import { readFileSync, statSync } from 'node:fs';

/* As whom QEMU runs: as little as possible, where the service itself has the right to choose. */

export interface Identity { uid: number; gid: number }

/** Made for such a purpose first; nobody is everywhere. */
const USERS = ['administrator-console', 'libvirt-qemu', 'nobody'];
const CAP_CHOWN = 1n << 0n, CAP_SETGID = 1n << 6n, CAP_SETUID = 1n << 7n;

/** Undefined: QEMU runs as the service's own user. */
export const unprivilegedIdentity = (): Identity | undefined => {
  if (process.getuid?.() !== 0 || !hasCapabilities(CAP_CHOWN | CAP_SETGID | CAP_SETUID)) return undefined;
  const users = new Map(lines('/etc/passwd').map(line => line.split(':')).map(([name = '', , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]));
  const user = USERS.map(name => users.get(name)).find(found => found !== undefined && found.uid > 0);
  return user && { uid: user.uid, gid: groupOfKvm() ?? user.gid };
};

/** The way to /dev/kvm is its group. */
const groupOfKvm = (): number | undefined => {
  try { const { gid } = statSync('/dev/kvm'); return gid === 0 ? undefined : gid; } catch { return undefined; }
};

/** Root in a container may be root in name only. */
const hasCapabilities = (wanted: bigint): boolean => {
  const mask = lines('/proc/self/status').find(line => line.startsWith('CapEff:'))?.split(/\s+/)[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & wanted) === wanted;
};

const lines = (file: string): string[] => { try { return readFileSync(file, 'utf8').split('\n'); } catch { return []; } };
