import { createHash } from 'node:crypto';
import { InstallError, type InstallSource, type InstallTree, type RemoteFile } from '../contract';
import { parseRelease, parseSums, type Release } from './checksums';
import type { Fetcher } from './fetch';
import { verify } from './signature';

type Trust = Parameters<typeof verify>[3];

/* A tree like Debian's: dists/<release>/main/installer-<arch>/current/images/netboot/... with `linux` and `initrd.gz`. The chain is Release (signed) -> SHA256SUMS -> files. A
 * folder with only the two files is taken, too, and then nobody vouches for them. */

/** Where the two lie below `images/`, by who made them. */
const LEAVES = (arch: string): readonly string[] => [`netboot/debian-installer/${arch}/`, `netboot/ubuntu-installer/${arch}/`];
const IMAGES = ['images/', 'legacy-images/'];
const KERNEL = 'linux', INITRD = 'initrd.gz';
/** The lists of an installer lie at most so far above its kernel. */
const SUMS_ABOVE_MAX = 4;

/** Undefined: this is no such tree. */
export const lookAtDebian = async (source: InstallSource, fetcher: Fetcher, trust: Trust): Promise<InstallTree | undefined> => {
  const base = source.url.replace(/\/*$/, '/'), arch = source.arch ?? 'amd64';
  const [, root = base, suite = source.release] = /^(.*?\/)dists\/([^/]+)\//.exec(base) ?? [];
  const isMirror = suite !== undefined && suite !== '' && (root === base || new RegExp(`/dists/[^/]+/(main/(installer-${arch}/(current/)?)?)?$`).test(base));
  return (isMirror ? await lookAtMirror({ root, suite, arch }, fetcher, trust) : undefined) ?? lookAtFolder(base, arch, fetcher);
};

interface Place { root: string; suite: string; arch: string }

const lookAtMirror = async ({ root, suite, arch }: Place, fetcher: Fetcher, trust: Trust): Promise<InstallTree | undefined> => {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(suite)) throw new InstallError('bad-url', `"${suite.slice(0, 100)}" is no name of a release`);
  const found = await fetchRelease(`${root}dists/${suite}/`, fetcher, trust);
  if (!found) return undefined;
  const checked: string[] = [...found.checked], unchecked: string[] = [...found.unchecked];
  const trees = IMAGES.map(images => `main/installer-${arch}/current/${images}`);
  for (const path of trees) {
    const url = `${root}dists/${suite}/${path}SHA256SUMS`, sums = await fetcher.text(url);
    if (!sums) continue;
    const wanted = found.release.sha256.get(`${path}SHA256SUMS`);
    if (wanted === undefined) unchecked.push('Release does not list SHA256SUMS of the installer, so they may be anybody\'s');
    else { assertHash(sums, wanted, url); checked.push('SHA256SUMS of the installer are those that Release names'); }
    const listed = parseSums(sums.toString('utf8')), leaf = LEAVES(arch).find(each => listed.has(`${each}${KERNEL}`) && listed.has(`${each}${INITRD}`));
    if (leaf === undefined) continue;
    const file = (name: string): RemoteFile => ({ url: `${root}dists/${suite}/${path}${leaf}${name}`, sha256: listed.get(`${leaf}${name}`)! });
    checked.push('kernel and initrd must have the SHA-256 sums that SHA256SUMS names');
    return { distro: 'debianlike', name: nameOf(found.release, suite, arch), kernel: file(KERNEL), initrd: file(INITRD), args: mirrorArgs(root), checked, unchecked };
  }
  throw new InstallError('not-a-tree', `${root} has the release ${suite}, but no installer for ${arch} in it`);
};

/** InRelease, else Release with Release.gpg; the signature counts where a key for it is there. */
const fetchRelease = async (at: string, fetcher: Fetcher, trust: Trust): Promise<{ release: Release; checked: string[]; unchecked: string[] } | undefined> => {
  const inline = await fetcher.text(`${at}InRelease`);
  const plain = inline ?? await fetcher.text(`${at}Release`);
  if (!plain) return undefined;
  const detached = inline ? undefined : await fetcher.text(`${at}Release.gpg`);
  if (!inline && !detached) return { release: parseRelease(plain.toString('utf8')), checked: [], unchecked: ['Release is not signed'] };
  const verdict = await verify(plain, detached, inline ? `${at}InRelease` : `${at}Release`, trust);
  if (verdict.is === 'signed') return { release: parseRelease(verdict.text), checked: [`Release is signed by ${verdict.by}`], unchecked: [] };
  return { release: parseRelease(plain.toString('utf8')), checked: [], unchecked: [`the signature of Release was not checked: ${verdict.why}`] };
};

/** The folder itself, or one above it, has the two files; their sums may be listed further up. */
const lookAtFolder = async (base: string, arch: string, fetcher: Fetcher): Promise<InstallTree | undefined> => {
  const leaves = ['', ...LEAVES(arch), ...LEAVES(arch).map(leaf => leaf.replace('netboot/', ''))].map(leaf => `${base}${leaf}`);
  let folder: string | undefined;
  for (const leaf of leaves) if (await fetcher.exists(`${leaf}${KERNEL}`) && await fetcher.exists(`${leaf}${INITRD}`)) { folder = leaf; break; }
  if (folder === undefined) return undefined;
  const tree = { distro: 'debianlike', name: `Debian-like installer, ${arch}`, args: [] } as const;
  for (let at = folder, up = 0; up <= SUMS_ABOVE_MAX && at.split('/').length > 3; at = at.replace(/[^/]+\/$/, ''), up++) {
    const sums = await fetcher.text(`${at}SHA256SUMS`);
    const listed = sums && parseSums(sums.toString('utf8')), path = folder.slice(at.length);
    const [kernel, initrd] = [listed?.get(`${path}${KERNEL}`), listed?.get(`${path}${INITRD}`)];
    if (kernel === undefined || initrd === undefined) continue;
    return {
      ...tree, kernel: { url: `${folder}${KERNEL}`, sha256: kernel }, initrd: { url: `${folder}${INITRD}`, sha256: initrd },
      checked: [`kernel and initrd must have the SHA-256 sums that ${at}SHA256SUMS names`], unchecked: ['nobody has signed these sums'],
    };
  }
  return { ...tree, kernel: { url: `${folder}${KERNEL}` }, initrd: { url: `${folder}${INITRD}` }, checked: [], unchecked: ['there are no checksums: kernel and initrd are taken as the server gives them'] };
};

const assertHash = (bytes: Buffer, wanted: string, url: string): void => {
  const is = createHash('sha256').update(bytes).digest('hex');
  if (is !== wanted) throw new InstallError('damaged', `${url} is not the file that Release names (its SHA-256 sum is ${is}, not ${wanted})`);
};

/** So that the installer does not ask for what it was just fetched from. */
const mirrorArgs = (root: string): string[] => {
  const { protocol, host, pathname, username } = new URL(root);
  if (username !== '') return []; // a password has no business on a kernel's command line
  const name = protocol.slice(0, -1);
  return [`mirror/protocol=${name}`, 'mirror/country=manual', `mirror/${name}/hostname=${host}`, `mirror/${name}/directory=${pathname.replace(/\/$/, '') || '/'}`];
};

const nameOf = ({ fields }: Release, suite: string, arch: string): string =>
  `${[fields.get('Label') ?? fields.get('Origin') ?? 'Debian-like', fields.get('Version')].filter(Boolean).join(' ')} (${fields.get('Codename') ?? suite}), ${arch}`;
