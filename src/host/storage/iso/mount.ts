import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { outputOf, runProgram } from '../../platform/run-program';
import { StorageError } from '../contract';

/* The kernel's clients of NFS and SMB, where there are some. */

const MOUNT_TIMEOUT_MS = 45_000;
type Kind = 'nfs' | 'cifs';
const HELPERS: Readonly<Record<Kind, { program: string; package: string; name: string }>> = {
  nfs: { program: 'mount.nfs', package: 'nfs-common', name: 'NFS' }, cifs: { program: 'mount.cifs', package: 'cifs-utils', name: 'SMB' },
};

/** Why this machine does not mount; empty: it does. */
export const mountLacks = async (kind: Kind): Promise<string> => {
  const helper = HELPERS[kind];
  if (process.getuid?.() !== 0) return 'the service does not run as root';
  await runProgram('modprobe', ['-q', kind]).catch(() => { /* built in, or not to be had */ });
  if (!new RegExp(`\\t${kind}4?$`, 'm').test(await readFile('/proc/filesystems', 'utf8').catch(() => ''))) return `this kernel has no ${helper.name} client`;
  return (await runProgram(helper.program, ['-V']).catch(() => undefined)) === undefined ? `${helper.program} is not installed (Debian: ${helper.package})` : '';
};

/** A password goes by the environment (mount.cifs: PASSWD), where other users do not see it. */
export const mount = async (kind: Kind, source: string, at: string, { options, env }: { options: readonly string[]; env?: Readonly<Record<string, string>> }): Promise<void> => {
  await mkdir(at, { recursive: true, mode: 0o711 });
  if (await isMounted(at)) return; // a service before this one did
  try { await outputOf('mount', ['-t', kind, '-o', options.join(','), source, at], { timeoutMs: MOUNT_TIMEOUT_MS, ...(env ? { env } : {}) }); } catch (error) {
    const said = (error as Error).message.replace(/\s+/g, ' ').slice(0, 300);
    throw new StorageError('not-attached', /error\(13\)|Permission denied|access denied/i.test(said) ? `${source} does not let this user in` : said);
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
