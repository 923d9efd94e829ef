import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { outputOf, runProgram } from '../../platform/run-program';
import { StorageError } from '../contract';

/* The kernel's NFS client, where there is one. */

const MOUNT_TIMEOUT_MS = 45_000;
/** A server that is silent this long (10 + 20 + 30 s) is an I/O error to the guest, as a broken disk is: nothing here waits for ever. */
const SOFT = 'soft,timeo=100,retrans=3,retry=0';

/** Why this kernel does not mount; empty: it does. */
export const mountLacks = async (): Promise<string> => {
  if (process.getuid?.() !== 0) return 'the service does not run as root';
  if ((await runProgram('mount.nfs', ['-V']).catch(() => undefined)) === undefined) return 'mount.nfs is not installed (Debian: nfs-common)';
  await runProgram('modprobe', ['-q', 'nfs']).catch(() => { /* built in, or not to be had */ });
  return /\tnfs4?$/m.test(await readFile('/proc/filesystems', 'utf8').catch(() => '')) ? '' : 'this kernel has no NFS';
};

export const mount = async (server: string, path: string, at: string, version: string): Promise<void> => {
  await mkdir(at, { recursive: true, mode: 0o711 });
  if (await isMounted(at)) return; // a service before this one did
  const source = `${server.includes(':') ? `[${server}]` : server}:${path}`;
  try { await outputOf('mount', ['-t', 'nfs', '-o', version === '' ? SOFT : `${SOFT},vers=${version}`, source, at], { timeoutMs: MOUNT_TIMEOUT_MS }); } catch (error) {
    throw new StorageError('io', (error as Error).message.replace(/\s+/g, ' ').slice(0, 300));
  }
};

export const unmount = async (at: string): Promise<void> => {
  if (!await isMounted(at)) return;
  try { await outputOf('umount', [at], { timeoutMs: MOUNT_TIMEOUT_MS }); } catch (error) {
    throw new StorageError(/busy/.test((error as Error).message) ? 'in-use' : 'io', (error as Error).message);
  }
  await rmdir(at).catch(() => { /* harmless */ });
};

const isMounted = async (at: string): Promise<boolean> => (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').some(line => line.split(' ')[4] === at);
