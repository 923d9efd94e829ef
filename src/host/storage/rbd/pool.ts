import { ProgramError, outputOf } from '../../platform/run-program';
import { StorageError } from '../contract';

/* A Ceph pool, by the program `rbd`. Monitors, user and key go by the environment, where other users do not see them. */

export interface Pool { monitors: readonly string[]; pool: string; user: string; key: string }
export interface Image { name: string; sizeBytes: number; usedBytes: number }

const ANSWER_TIMEOUT_MS = 60_000, REMOVE_TIMEOUT_MS = 60 * 60_000;
/** Without these, a client waits five minutes for monitors that are not there. */
const PATIENCE = '--rados-mon-op-timeout=15 --rados-osd-op-timeout=30 --client-mount-timeout=15';

export const rbd = (at: Pool, ...args: string[]): Promise<string> => ask('rbd', at, args);

export const spaceOf = async (at: Pool): Promise<{ totalBytes: number; usedBytes: number; freeBytes: number }> => {
  const { pools } = JSON.parse(await ask('ceph', at, ['df', '--format', 'json'])) as { pools: { name: string; stats: { stored?: number; bytes_used: number; max_avail: number } }[] };
  const found = pools.find(pool => pool.name === at.pool);
  if (!found) throw new StorageError('not-found', `Ceph has no pool ${at.pool}`);
  const { stored, bytes_used, max_avail } = found.stats, usedBytes = stored ?? bytes_used;
  return { totalBytes: usedBytes + max_avail, usedBytes, freeBytes: max_avail };
};

const ask = async (program: 'rbd' | 'ceph', at: Pool, args: readonly string[]): Promise<string> => {
  const env = { CEPH_CONF: '/dev/null', CEPH_ARGS: `--mon-host=${at.monitors.join(',')} --id=${at.user} --key=${at.key} ${PATIENCE}` };
  try { return await outputOf(program, args, { env, timeoutMs: args[0] === 'rm' ? REMOVE_TIMEOUT_MS : ANSWER_TIMEOUT_MS }); } catch (error) { throw asStorageError(error, at); }
};

export const imagesOf = async (at: Pool): Promise<Image[]> => {
  const listed = JSON.parse(await rbd(at, 'ls', '--long', '--format', 'json', at.pool)) as { image: string; size: number; snapshot?: string }[];
  const { images = [] } = JSON.parse(await rbd(at, 'disk-usage', '--format', 'json', '--pool', at.pool).catch(() => '{}')) as { images?: { name: string; snapshot?: string; used_size: number }[] };
  const used = new Map(images.filter(image => image.snapshot === undefined).map(image => [image.name, image.used_size]));
  return listed.filter(image => image.snapshot === undefined).map(({ image: name, size }) => ({ name, sizeBytes: size, usedBytes: used.get(name) ?? size }));
};

const asStorageError = (error: unknown, { monitors, key }: Pool): StorageError => {
  const said = (error as Error).message.replaceAll(key, '…').replace(/\s+/g, ' ').slice(0, 400);
  if (error instanceof ProgramError && error.kind === 'missing') return new StorageError('unsupported', `${said} (Debian: ceph-common)`);
  if (error instanceof ProgramError && error.kind === 'timeout' || /timed out|error connecting to the cluster|couldn't connect/i.test(said)) return new StorageError('io', `Ceph: none of ${monitors.join(', ')} answers: ${said}`);
  if (/\(1\) Operation not permitted|\(13\) Permission denied/.test(said)) return new StorageError('io', `Ceph does not take this user and key: ${said}`);
  if (/\(28\) No space/.test(said)) return new StorageError('no-space', said);
  if (/\(2\) No such file/.test(said)) return new StorageError('not-found', said);
  if (/\(16\) .*busy|still has watchers/i.test(said)) return new StorageError('in-use', said);
  return new StorageError('io', said);
};
