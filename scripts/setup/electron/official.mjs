/* Gets the official Electron runtime by the `electron` package's own installer - where its download host can be reached.
   A machine that cannot loses a second, once a day. */
import dns from 'node:dns/promises';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CACHE, ROOT } from '../../places.mjs';
import { lastLines, quiet } from '../../run/child.mjs';
import { say } from '../../run/say.mjs';

const PACKAGE = path.join(ROOT, 'node_modules/electron');
const FAILED = path.join(CACHE, 'electron-official-failed.json');
const LOOK_UP_LIMIT_MS = 2_000;
const INSTALL_LIMIT_MS = 60_000;
const TRY_AGAIN_MS = 24 * 3600_000;
const DOWNLOAD_HOST = 'github.com';

/** The installed one, if it is complete: the installer writes path.txt last. */
export function officialRuntime() {
  try {
    const version = packageVersion();
    const dir = path.join(PACKAGE, 'dist');
    const executable = path.join(dir, fs.readFileSync(path.join(PACKAGE, 'path.txt'), 'utf8'));
    if (fs.readFileSync(path.join(dir, 'version'), 'utf8').replace(/^v/, '').trim() !== version || !fs.existsSync(executable)) return undefined;
    return { dir, executable, version, official: true };
  } catch { return undefined; }
}

export function mayTryOfficial() {
  try {
    const { version, at } = JSON.parse(fs.readFileSync(FAILED, 'utf8'));
    return version !== packageVersion() || Math.abs(Date.now() - at) > TRY_AGAIN_MS;
  } catch { return true; }
}

/** True when it is in place now. */
export async function tryOfficial() {
  const reason = await install();
  if (reason === undefined) return true;
  say(`  the official Electron cannot be had: ${reason}`);
  fs.mkdirSync(CACHE, { recursive: true });
  fs.writeFileSync(FAILED, JSON.stringify({ version: packageVersion(), at: Date.now() }));
  return false;
}

/** Undefined, or why it did not work. */
async function install() {
  if (!wasDownloaded() && !(await canReachDownloads())) return 'its download host does not answer';
  fs.rmSync(path.join(PACKAGE, 'dist'), { recursive: true, force: true });
  fs.rmSync(path.join(PACKAGE, 'path.txt'), { force: true });
  const { ok, text } = await quiet(process.execPath, [path.join(PACKAGE, 'install.js')], { timeoutMs: INSTALL_LIMIT_MS });
  return ok && officialRuntime() ? undefined : lastLines(text, 3) || `no answer within ${INSTALL_LIMIT_MS / 1000} s`;
}

/** Electron's installer keeps its downloads; with one there, no network is needed. */
function wasDownloaded() {
  const kept = process.env.electron_config_cache ?? path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'electron');
  const name = `electron-v${packageVersion()}-${process.platform}-${process.arch}.zip`;
  try { return fs.readdirSync(kept).some(folder => folder === name || fs.existsSync(path.join(kept, folder, name))); } catch { return false; }
}

async function canReachDownloads() {
  if (process.env.ELECTRON_GET_USE_PROXY) return true; // the proxy looks names up, we may be unable to
  const mirror = process.env.ELECTRON_MIRROR ?? process.env.npm_config_electron_mirror;
  const limit = new Promise(resolve => setTimeout(resolve, LOOK_UP_LIMIT_MS, false).unref());
  const found = dns.lookup(mirror ? new URL(mirror).hostname : DOWNLOAD_HOST).then(() => true, () => false);
  return Promise.race([found, limit]);
}

function packageVersion() { return JSON.parse(fs.readFileSync(path.join(PACKAGE, 'package.json'), 'utf8')).version; }
