import { chmod, chown, open, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Log } from '../../platform/log';
import type { Identity } from '../../platform/run-program';
import { EngineError } from '../contract';
import type { DiskImage, MachineSpec } from '../contract';

/* Running QEMU as an unprivileged user: that user must be able to open what the machine needs, and nothing more is given to it. */

const CHAIN_MAX_LENGTH = 200;

/**
 * Makes the machine's files and its run directory openable for `runAs`. Undefined, and a line in the log, where that cannot be (a directory on the way is closed
 * to others, as in /root): then QEMU stays what the service is.
 * @param own files of this machine alone, that it writes
 */
export const grantAccess = async (spec: MachineSpec, directory: string, runAs: Identity | undefined, log: Log, own: readonly string[] = []): Promise<Identity | undefined> => {
  if (runAs === undefined || process.getuid?.() !== 0) return undefined;
  const of = (by: 'file' | 'device'): { path: string; writable: boolean }[] =>
    spec.disks.flatMap(({ image, readOnly, kind }) => (image?.source.by === by ? [{ path: image.source.path, writable: !readOnly && kind === 'Disk' }] : []));
  const files = of('file'), disks = [...files, ...of('device')];
  const parents = (await Promise.all(files.map(disk => backingChain(disk.path)))).flat().map(path => ({ path, writable: false }));
  const boot = spec.boot.by === 'kernel' ? [spec.boot.kernelPath, spec.boot.initrdPath ?? spec.boot.kernelPath] : [];
  const needed = [...disks, ...parents, ...boot.map(path => ({ path, writable: false })), ...own.map(path => ({ path, writable: true }))];
  for (const path of [directory, ...needed.map(each => each.path)]) {
    const closed = await closedDirectory(path, runAs);
    if (closed === undefined) continue;
    log.warn('QEMU runs as the service\'s own user: a directory is closed to the unprivileged one', { uuid: spec.uuid, directory: closed, ...runAs });
    return undefined;
  }
  for (const { path, writable } of needed) await openFor(path, writable, runAs);
  await chown(directory, runAs.uid, runAs.gid); // QEMU makes its display socket, pid file and serial log there
  return runAs;
};

/**
 * For an image that a running machine is about to open: its QEMU runs as whom its directory belongs to, and gets what it would have got at the start.
 * With the images below it, unless the machine has those open already.
 */
export const grantImage = async (directory: string, { source }: DiskImage, writable: boolean, { below = true } = {}): Promise<void> => {
  if (source.by !== 'file' && source.by !== 'device') return;
  const user = await stat(directory);
  if (user.uid === process.getuid?.()) return;
  const needed = [{ path: source.path, writable }, ...(below && source.by === 'file' ? await backingChain(source.path) : []).map(path => ({ path, writable: false }))];
  for (const { path } of needed) {
    const closed = await closedDirectory(path, user);
    if (closed !== undefined) throw new EngineError('refused', `${closed} is closed to the user that this virtual machine runs as; it can open ${path} after its next start`);
  }
  for (const { path, writable: may } of needed) await openFor(path, may, user);
};

/**
 * The images that a qcow2 file stands on. A file that cannot be read is left for QEMU to complain about; so is one that names a file elsewhere:
 * its header is the guest's side's to write, and must not get it any other file of this host.
 */
const backingChain = async (path: string): Promise<string[]> => {
  const chain: string[] = [];
  for (let at: string | undefined = await backingFile(path); at !== undefined && chain.length < CHAIN_MAX_LENGTH; at = await backingFile(at)) chain.push(at);
  return chain;
};
const QCOW2_MAGIC = 0x514649fb;
const backingFile = async (path: string): Promise<string | undefined> => {
  try {
    const file = await open(path, 'r');
    try {
      const header = Buffer.alloc(20);
      if ((await file.read(header, 0, 20, 0)).bytesRead < 20 || header.readUInt32BE(0) !== QCOW2_MAGIC) return undefined;
      const offset = Number(header.readBigUInt64BE(8)), length = header.readUInt32BE(16);
      if (offset === 0 || length === 0 || length > 1023) return undefined;
      const name = (await file.read(Buffer.alloc(length), 0, length, offset)).buffer.toString('utf8');
      return name === basename(name) && name !== '..' && name !== '.' ? join(dirname(path), name) : undefined;
    } finally { await file.close(); }
  } catch { return undefined; }
};

/** The first directory on the way that this user may not pass. */
const closedDirectory = async (path: string, user: Identity): Promise<string | undefined> => {
  const way: string[] = [];
  for (let directory = dirname(path); ; directory = dirname(directory)) { way.unshift(directory); if (directory === '/') break; }
  for (const directory of way) {
    const facts = await stat(directory).catch(() => undefined);
    if (facts && !permits(facts, 1, user)) return directory;
  }
  return undefined;
};

const openFor = async (path: string, writable: boolean, user: Identity): Promise<void> => {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined || permits(facts, writable ? 6 : 4, user)) return;
  if (facts.isBlockDevice()) { // its group goes on to have what it had
    await chown(path, user.uid, facts.gid);
    await chmod(path, facts.mode | (writable ? 0o600 : 0o400));
  }
  if (!facts.isFile()) return;
  await chown(path, user.uid, user.gid);
  await chmod(path, writable ? 0o600 : 0o400);
};

const permits = (facts: { mode: number; uid: number; gid: number }, wanted: number, user: Identity): boolean => {
  const shift = facts.uid === user.uid ? 6 : facts.gid === user.gid ? 3 : 0;
  return ((facts.mode >> shift) & wanted) === wanted;
};
