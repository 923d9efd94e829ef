import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../platform/find-program';
import { runProgram } from '../../platform/run-program';
import { InstallError } from '../contract';

/* Whether a Release file is signed by somebody whose key this host has: gpgv, with Debian's and Ubuntu's keyrings where they are installed, and the administrator's own. */

/** Folders of keyrings, not armoured. The first is the administrator's own; of the system's only those of whole archives count. */
export const KEYRING_FOLDERS: readonly string[] = ['/etc/administrator-console/keyrings', '/usr/share/keyrings'];
const SYSTEM_NAMES = /^(debian|ubuntu|devuan|kali|raspbian|pureos)-archive-keyring\.gpg$/;

/** `signed`: what the signature covers, and whose it is. `unknown`: why nobody can tell. A signature that is wrong is an error. */
export type Verdict = { is: 'signed'; text: string; by: string } | { is: 'unknown'; why: string };

/** @param signature absent: it is inside (InRelease) */
export const verify = async (release: Buffer, signature: Buffer | undefined, url: string, { signal, keyringFolders }: { signal: AbortSignal; keyringFolders: readonly string[] }): Promise<Verdict> => {
  const gpgv = findProgram('gpgv'), keyrings = await findKeyrings(keyringFolders);
  if (gpgv === undefined) return { is: 'unknown', why: 'gpgv, which checks signatures, is not installed on the host' };
  if (keyrings.length === 0) return { is: 'unknown', why: 'the host has no keyring; on Debian: apt install debian-archive-keyring' };
  const work = await mkdtemp(join(tmpdir(), 'release-'));
  try {
    const file = join(work, 'release'), detached = join(work, 'release.gpg'), payload = join(work, 'payload');
    await writeFile(file, release);
    if (signature) await writeFile(detached, signature);
    const { stdout } = await runProgram(gpgv, ['--homedir', work, '--status-fd', '1', ...keyrings.flatMap(keyring => ['--keyring', keyring]), ...(signature ? [detached, file] : ['--output', payload, file])], { signal });
    const status = [...stdout.matchAll(/^\[GNUPG:\] (\w+) ?(.*)$/gm)].map(([, word = '', rest = '']) => [word, rest] as const);
    if (status.some(([word]) => word === 'BADSIG')) throw new InstallError('damaged', `${url}: its signature is wrong, so it has been changed on the way or on the server`);
    const good = status.find(([word]) => word === 'GOODSIG'), valid = status.some(([word]) => word === 'VALIDSIG');
    if (!good || !valid) return { is: 'unknown', why: status.some(([word]) => /^(EXPSIG|EXPKEYSIG|REVKEYSIG)$/.test(word)) ? 'its signature, or the key of it, has expired or was revoked' : 'it is signed by a key that the host does not have' };
    return { is: 'signed', text: signature ? release.toString('utf8') : await readFile(payload, 'utf8'), by: good[1].replace(/^\S+ /, '') };
  } finally { await rm(work, { recursive: true, force: true }); }
};

const findKeyrings = async (folders: readonly string[]): Promise<string[]> => (await Promise.all(folders.map(async folder =>
  (await readdir(folder).catch(() => [])).filter(name => (folder === '/usr/share/keyrings' ? SYSTEM_NAMES.test(name) : name.endsWith('.gpg'))).map(name => join(folder, name))))).flat();
