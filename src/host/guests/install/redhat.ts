import { InstallError, type InstallSource, type InstallTree, type RemoteFile } from '../contract';
import { parseTreeInfo } from './checksums';
import { shown, type Fetcher } from './fetch';

/* A tree like Red Hat's: `.treeinfo` says where kernel and initrd are and what their sums must be; without it, images/pxeboot is where they always were. */

const PLACES = ['.treeinfo', 'treeinfo'];
const KERNEL = 'images/pxeboot/vmlinuz', INITRD = 'images/pxeboot/initrd.img';
/** Red Hat 7 began to say `inst.repo`; before it was `method`. */
const INST_SINCE = 7;
const OLD_FAMILIES = /^(red hat|centos|scientific|oracle|enterprise)/i;

/** Undefined: this is no such tree. */
export const lookAtRedHat = async (source: InstallSource, fetcher: Fetcher): Promise<InstallTree | undefined> => {
  const base = source.url.replace(/\/*$/, '/');
  for (const place of PLACES) {
    const info = await fetcher.text(`${base}${place}`);
    if (info) return ofTreeInfo(base, place, parseTreeInfo(info.toString('utf8')), source.arch);
  }
  if (!await fetcher.exists(`${base}${KERNEL}`) || !await fetcher.exists(`${base}${INITRD}`)) return undefined;
  return {
    distro: 'rhlike', name: 'Red-Hat-like installer', kernel: { url: `${base}${KERNEL}` }, initrd: { url: `${base}${INITRD}` }, args: [repoArg(base, '', '')],
    checked: [], unchecked: ['there is no .treeinfo: kernel and initrd are taken as the server gives them'],
  };
};

const ofTreeInfo = (base: string, place: string, info: ReturnType<typeof parseTreeInfo>, wantedArch: string | undefined): InstallTree => {
  const general = info.get('general') ?? info.get('release'), arch = general?.get('arch') ?? info.get('tree')?.get('arch') ?? 'x86_64';
  if (wantedArch !== undefined && rpmArch(wantedArch) !== rpmArch(arch)) throw new InstallError('not-a-tree', `${shown(base)} is a tree for ${arch}, not for ${wantedArch}`);
  const images = info.get(`images-${arch}`), sums = info.get('checksums');
  const file = (key: string, usual: string): RemoteFile => {
    const path = images?.get(key) ?? usual;
    // It is joined to the URL: a tree must not send the host elsewhere, or up.
    if (!/^[A-Za-z0-9._+-]+(\/[A-Za-z0-9._+-]+)*$/.test(path) || path.split('/').includes('..')) throw new InstallError('damaged', `${shown(base)}${place} names a file that cannot be one of the tree: "${path.slice(0, 100)}"`);
    const [, sha256] = /^sha256:([0-9a-f]{64})$/i.exec(sums?.get(path) ?? '') ?? [];
    return { url: `${base}${path}`, ...(sha256 === undefined ? {} : { sha256: sha256.toLowerCase() }) };
  };
  const kernel = file('kernel', KERNEL), initrd = file('initrd', INITRD), isListed = kernel.sha256 !== undefined && initrd.sha256 !== undefined;
  const family = general?.get('family') ?? general?.get('name') ?? 'Red-Hat-like', version = general?.get('version') ?? '';
  return {
    distro: 'rhlike', name: `${[family, version].filter(Boolean).join(' ')}, ${arch}`, kernel, initrd, args: [repoArg(base, family, version)],
    checked: isListed ? [`kernel and initrd must have the SHA-256 sums that ${place} names`] : [],
    unchecked: isListed ? [`${place} itself is not signed`] : [`${place} names no SHA-256 sum of both files: they are taken as the server gives them`],
  };
};

const repoArg = (base: string, family: string, version: string): string => `${isOld(family, version) ? 'method' : 'inst.repo'}=${base}`;
const isOld = (family: string, version: string): boolean => OLD_FAMILIES.test(family) && Number.parseInt(version, 10) < INST_SINCE;
/** `ks=` or `inst.ks=`, for the same reason. */
export const kickstartArg = (args: readonly string[]): string => (args.some(arg => arg.startsWith('method=')) ? 'ks=file:/ks.cfg' : 'inst.ks=file:/ks.cfg');
const rpmArch = (arch: string): string => ({ amd64: 'x86_64', arm64: 'aarch64', i386: 'i686' })[arch] ?? arch;
