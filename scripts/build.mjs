/* Builds what runs: the host and the command line (esbuild, one file each) and the console (electron-vite), into out/.
   What is up to date is left alone: a stamp beside the output holds the hash of everything that went in. */
import './setup/node-version.mjs';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BIN, ROOT } from './places.mjs';
import { allEnded, quiet } from './run/child.mjs';
import { withLock } from './run/lock.mjs';
import { runScript, say, Stop } from './run/say.mjs';
import { NEEDS, setUp } from './setup.mjs';

const SELF = fileURLToPath(import.meta.url);

export const HOST = path.join(ROOT, 'out/host/main.js');
export const CLI = path.join(ROOT, 'out/cli/main.js');
const CONSOLE = ['out/main/main.js', 'out/preload/preload.cjs', 'out/renderer/index.html', 'out/renderer/web.html'].map(file => path.join(ROOT, file));

export function buildHost() {
  return build({ name: 'host', from: ['src/host', 'src/shared'], into: [HOST], make: () => bundle('src/host/main.ts', HOST) });
}

export function buildCli() {
  return build({ name: 'cli', from: ['src/cli', 'src/client', 'src/connection', 'src/shared'], into: [CLI], make: () => bundle('src/cli/main.ts', CLI) });
}

export function buildConsole() {
  const from = ['src/main', 'src/preload', 'src/renderer', 'src/web', 'src/client', 'src/connection', 'src/shared', 'assets', 'electron.vite.config.ts', 'package.json'];
  return build({ name: 'console', from, into: CONSOLE, make: bundleConsole });
}

/** Ends when all have ended, with the first one's trouble if there was any. */
export async function buildAll() {
  const programs = async () => { // one after the other: they share esbuild's service
    await buildHost();
    await buildCli();
  };
  await allEnded([programs(), buildConsole()]);
}

async function build({ name, from, into, make }) {
  const stamp = path.join(ROOT, `out/.stamp-${name}`);
  const isFresh = () => into.every(file => fs.existsSync(file)) && readText(stamp) === hashOf(from);
  if (isFresh()) return;
  await withLock(stamp, `building the ${name}`, async () => {
    if (isFresh()) return;
    const hash = hashOf(from); // before the build: what is saved meanwhile is built the next time
    say(`Building the ${name} ...`);
    fs.rmSync(stamp, { force: true });
    await make();
    fs.mkdirSync(path.dirname(stamp), { recursive: true });
    fs.writeFileSync(stamp, hash);
  });
}

/** One ES module with everything in it but native code; it appears whole or not at all. */
async function bundle(entry, file) {
  const esbuild = await import('esbuild');
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [entry], outfile: file, absWorkingDir: ROOT, write: false, logLevel: 'silent',
      bundle: true, platform: 'node', format: 'esm', target: 'node20', sourcemap: true, legalComments: 'none',
      external: ['libsql', 'bufferutil', 'utf-8-validate'],
      loader: { '.bin': 'binary', '.sql': 'text' },
      banner: { js: 'import { createRequire as bundleRequire } from "node:module"; const require = bundleRequire(import.meta.url);' }, // for packages in CommonJS
    });
    fs.mkdirSync(path.dirname(file), { recursive: true });
    for (const output of outputFiles) {
      fs.writeFileSync(`${output.path}.new`, output.contents);
      fs.renameSync(`${output.path}.new`, output.path);
    }
  } catch (error) {
    if (!error.errors) throw error;
    throw new Stop((await esbuild.formatMessages(error.errors, { kind: 'error', color: false })).join('\n'));
  } finally {
    await esbuild.stop();
  }
}

/** Built beside, then put in place: a console that is just starting sees the old one or the new one. */
async function bundleConsole() {
  const out = path.join(ROOT, 'out');
  const work = path.join(out, '.console');
  fs.rmSync(work, { recursive: true, force: true });
  try {
    const { ok, text } = await quiet(process.execPath, [BIN.electronVite, 'build', '--outDir', work], { env: { ...process.env, NODE_ENV: 'production' } });
    if (!ok) throw new Stop(`The console does not build:\n\n${text}`);
    for (const part of ['main', 'preload', 'renderer']) {
      if (fs.existsSync(path.join(out, part))) fs.renameSync(path.join(out, part), path.join(work, `old-${part}`));
      fs.renameSync(path.join(work, part), path.join(out, part));
    }
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** Of all files that a build reads, tests left out, and of the tools' versions. */
function hashOf(places) {
  const hash = createHash('sha256');
  for (const file of [...places.flatMap(place => filesUnder(path.join(ROOT, place))), path.join(ROOT, 'package-lock.json'), SELF]) {
    hash.update(`${path.relative(ROOT, file)}\0`).update(fs.readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(place) {
  const stat = fs.statSync(place, { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.isFile()) return /\.test\.tsx?$/.test(place) ? [] : [place];
  return fs.readdirSync(place).sort().flatMap(name => filesUnder(path.join(place, name)));
}

function readText(file) {
  try { return fs.readFileSync(file, 'utf8'); } catch { return undefined; }
}

if (fs.realpathSync(process.argv[1]) === SELF) {
  await runScript(async () => {
    await setUp(NEEDS.command);
    await buildAll();
    say('Everything is built: out/host, out/cli, out/main, out/preload, out/renderer.');
  });
}
