import { chmod, copyFile, mkdir, open, readdir, rm } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { isUuid } from '../../platform/ids';
import { InstallError, type InstallSource, type InstallSources, type InstallTree } from '../contract';
import { assertRoom, Cache, isFull, noSpace } from './cache';
import { cpioOf } from './cpio';
import { lookAtDebian } from './debian';
import { createFetcher, shown, webAddress, type Fetcher } from './fetch';
import { readForm } from './form';
import { kickstartOf } from './kickstart';
import { INITRD_MAX_BYTES, KERNEL_MAX_BYTES, SEED_MAX_BYTES } from './limits';
import { kickstartArg, lookAtRedHat } from './redhat';
import { KEYRING_FOLDERS } from './signature';
import { preseedOf } from './preseed';

/* Network repositories: what is there, and kernel and initrd of it made ready for one machine. The seed (preseed, kickstart) is put into the initrd: it reaches this guest and no
 * other, and no network service has to hand it out. */

const SEED_NAME = { debianlike: 'preseed.cfg', rhlike: 'ks.cfg' } as const;
const KERNEL = 'vmlinuz', INITRD = 'initrd';

/** @param directory for the machines' files, passed through by the user that QEMU runs as; `cache` for what is fetched */
export const createInstallSources = async ({ directory, cache: cacheFolder, keyringFolders = KEYRING_FOLDERS }: { directory: string; cache: string; keyringFolders?: readonly string[] }): Promise<InstallSources> => {
  const cache = new Cache(cacheFolder);
  await mkdir(directory, { recursive: true, mode: 0o711 });
  await cache.tidy();
  const withFetcher = async <T>(source: InstallSource, signal: AbortSignal, work: (fetcher: Fetcher) => Promise<T>): Promise<T> => {
    webAddress(source.url);
    const fetcher = createFetcher(signal, source.ca);
    try { return await work(fetcher); } finally { await fetcher.close(); }
  };
  const forget = (uuid: string): Promise<void> => rm(join(directory, uuid), { recursive: true, force: true });
  return {
    look: (source, signal) => withFetcher(source, signal, fetcher => look(source, fetcher, { signal, keyringFolders })),
    prepare: (uuid, source, { seed, signal, progress }) => withFetcher(source, signal, async fetcher => {
      if (seed !== undefined && Buffer.byteLength(seed) > SEED_MAX_BYTES) throw new InstallError('bad-form', `the answers for the installer are larger than ${SEED_MAX_BYTES} bytes`);
      const tree = await look(source, fetcher, { signal, keyringFolders });
      const kernel = await cache.get(tree.kernel, fetcher, { maxBytes: KERNEL_MAX_BYTES, signal, progress: fraction => progress(0.2 * fraction) });
      const initrd = await cache.get(tree.initrd, fetcher, { maxBytes: INITRD_MAX_BYTES, signal, progress: fraction => progress(0.2 + 0.7 * fraction) });
      await cache.tidy(new Set([kernel.path, initrd.path]));
      await assertRoom(directory, kernel.sizeBytes + initrd.sizeBytes);
      const own = join(directory, uuid), kernelPath = join(own, KERNEL), initrdPath = join(own, INITRD);
      await forget(uuid);
      try {
        await mkdir(own, { mode: 0o711 });
        await copyFile(kernel.path, kernelPath);
        await chmod(kernelPath, 0o600); // the engine gives it to whom QEMU runs as
        await concatenate(initrdPath, seed === undefined ? Buffer.alloc(0) : cpioOf([{ name: SEED_NAME[tree.distro], content: Buffer.from(seed) }]), initrd.path, signal);
      } catch (error) { await forget(uuid); throw isFull(error) ? noSpace(directory) : error; }
      progress(1);
      return { kernelPath, initrdPath, tree: seed === undefined ? tree : { ...tree, args: seededArgs(tree, seed) } };
    }),
    seed: (distro, form) => (distro === 'debianlike' ? preseedOf : kickstartOf)(readForm(form)),
    kept: async () => (await readdir(directory)).filter(isUuid),
    forget,
  };
};

const look = async (source: InstallSource, fetcher: Fetcher, trust: Parameters<typeof lookAtDebian>[2]): Promise<InstallTree> => {
  const tree = (source.distro === 'debianlike' ? undefined : await lookAtRedHat(source, fetcher)) ?? (source.distro === 'rhlike' ? undefined : await lookAtDebian(source, fetcher, trust));
  if (tree) return tree;
  const hint = source.distro === 'rhlike' ? '' : source.release === undefined ? '; of a whole Debian mirror the release has to be named (bookworm)' : ` for the release ${source.release}`;
  throw new InstallError('not-a-tree', `${shown(source.url)} is no repository that can be installed from: there is neither a .treeinfo nor a Debian installer${hint}`);
};

/** The seed stands first and unpacked: behind an initrd packed by LZ4, which has no end mark, nothing could follow. */
const concatenate = async (to: string, first: Buffer, second: string, signal: AbortSignal): Promise<void> => {
  const file = await open(to, 'wx', 0o600);
  try {
    if (first.length > 0) await file.write(first);
    for await (const part of createReadStream(second, { signal })) await file.write(part as Buffer);
  } finally { await file.close(); }
};

/** The installer asks nothing that the seed answers; what the seed says of the mirror counts more than where the kernel came from. */
const seededArgs = ({ distro, args }: InstallTree, seed: string): string[] =>
  (distro === 'debianlike' ? ['auto=true', 'priority=critical', ...(/\bmirror\/https?\/hostname\b/.test(seed) ? [] : args)] : [...args, kickstartArg(args)]);
