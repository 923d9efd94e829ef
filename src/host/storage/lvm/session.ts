import { readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { delay, elapsedMs } from '../../platform/clock';
import { outputOf } from '../../platform/run-program';
import { StorageError } from '../contract';

/* Sessions of the kernel's iSCSI initiator, by open-iscsi: a LUN becomes a disk of this host. */

export interface Target { address: string; port: number; iqn: string; user?: string; password?: string }

const ISCSIADM_TIMEOUT_MS = 60_000, DISK_TIMEOUT_MS = 20_000, LOOK_INTERVAL_MS = 100;
const NODES = ['/etc/iscsi/nodes', '/var/lib/iscsi/nodes'], SESSIONS = '/sys/class/iscsi_session';
const ALREADY_THERE = /session.* exists|already present|\(15\)|error code 15/i;

export const portalOf = ({ address, port }: Target): string => `${address.includes(':') ? `[${address}]` : address}:${port}`;

/** The LUNs of the target as disks of this host, by their numbers. Logs in where that is not so yet. */
export const login = async (target: Target): Promise<Map<number, string>> => {
  await outputOf('modprobe', ['-q', 'iscsi_tcp']).catch(() => { /* built in */ });
  const node = ['-m', 'node', '-T', target.iqn, '-p', portalOf(target)];
  if (await sessionOf(target.iqn) === undefined) {
    await iscsiadm(...node, '-o', 'new');
    await writeCredentials(target);
    await iscsiadm(...node, '-o', 'update', '-n', 'node.startup', '-v', 'manual');
    try { await iscsiadm(...node, '--login'); } catch (error) {
      if (!ALREADY_THERE.test((error as Error).message)) { await iscsiadm(...node, '-o', 'delete').catch(() => {}); throw error; }
    }
  }
  return disksOf(target.iqn);
};

/** Ends the session when none of its disks is in use any more. */
export const logout = async (target: Target): Promise<void> => {
  const session = await sessionOf(target.iqn);
  if (session === undefined) return;
  for (const disk of (await find(target.iqn)).values()) {
    if ((await readdir(`/sys/class/block/${basename(disk)}/holders`).catch(() => [])).length > 0) return;
  }
  const node = ['-m', 'node', '-T', target.iqn, '-p', portalOf(target)];
  await iscsiadm(...node, '--logout');
  await iscsiadm(...node, '-o', 'delete').catch(() => {});
};

const sessionOf = async (iqn: string): Promise<string | undefined> => {
  for (const session of await readdir(SESSIONS).catch(() => [])) {
    if ((await readFile(join(SESSIONS, session, 'targetname'), 'utf8').catch(() => '')).trim() === iqn) return session;
  }
  return undefined;
};

/** The kernel looks for disks after the login has succeeded: this waits until it has found some. */
const disksOf = async (iqn: string): Promise<Map<number, string>> => {
  const since = elapsedMs();
  for (;;) {
    const found = await find(iqn);
    if (found.size > 0) return found;
    if (elapsedMs(since) > DISK_TIMEOUT_MS) throw new StorageError('io', `the target ${iqn} has no disk for this host`);
    await delay(LOOK_INTERVAL_MS);
  }
};
const find = async (iqn: string): Promise<Map<number, string>> => {
  const session = await sessionOf(iqn), disks = new Map<number, string>();
  if (session === undefined) return disks;
  const at = join(SESSIONS, session, 'device');
  for (const target of (await readdir(at).catch(() => [])).filter(name => name.startsWith('target'))) {
    for (const address of (await readdir(join(at, target)).catch(() => [])).filter(name => /^\d+:\d+:\d+:\d+$/.test(name))) {
      const [disk] = await readdir(join(at, target, address, 'block')).catch(() => []);
      if (disk !== undefined) disks.set(Number(address.split(':')[3]), `/dev/${disk}`);
    }
  }
  return disks;
};

/** Into open-iscsi's own record of the target, which only root reads: on iscsiadm's command line everybody would see the password. */
const writeCredentials = async ({ iqn, user, password = '' }: Target): Promise<void> => {
  if (user === undefined) return;
  if (/[\n\r]/.test(user + password)) throw new StorageError('bad-config', 'chapuser and chappassword are one line each');
  const settings: Record<string, string> = { 'node.session.auth.authmethod': 'CHAP', 'node.session.auth.username': user, 'node.session.auth.password': password };
  for (const nodes of NODES) {
    for (const portal of await readdir(join(nodes, iqn)).catch(() => [])) {
      for (const file of await recordsIn(join(nodes, iqn, portal))) {
        const kept = (await readFile(file, 'utf8')).split('\n').filter(line => !Object.keys(settings).some(key => line.startsWith(`${key} =`)));
        const at = kept.indexOf('# END RECORD');
        kept.splice(at < 0 ? kept.length : at, 0, ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`));
        await writeFile(file, kept.join('\n'), { mode: 0o600 });
      }
    }
  }
};
/** A file, or a directory with one file per interface. */
const recordsIn = async (path: string): Promise<string[]> => {
  try { return (await readdir(path)).map(name => join(path, name)); } catch { return [path]; }
};

const iscsiadm = async (...args: string[]): Promise<string> => {
  try { return await outputOf('iscsiadm', args, { timeoutMs: ISCSIADM_TIMEOUT_MS }); } catch (error) {
    const said = (error as Error).message.replace(/\s+/g, ' ');
    throw new StorageError('io', /authorization failure|\(24\)|error code 24/i.test(said) ? `${said.slice(0, 200)} (the target does not take this user and password)` : said.slice(0, 300));
  }
};
