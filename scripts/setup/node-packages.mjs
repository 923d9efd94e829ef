/* Set-up: the npm packages, exactly as package-lock.json names them, without running any package's own install script. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../places.mjs';
import { must } from '../run/child.mjs';

const LOCK = path.join(ROOT, 'package-lock.json');
const MODULES = path.join(ROOT, 'node_modules');
const STAMP = path.join(MODULES, '.setup-stamp');

export const nodePackages = {
  name: 'npm packages',
  why: 'they build, run and test the project',
  isDone: () => read(STAMP) === lockHash() || isInstalledByHand(),
  async run() {
    fs.rmSync(STAMP, { force: true });
    await must('npm', ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'],
      { env: { ...process.env, ELECTRON_SKIP_BINARY_DOWNLOAD: '1' } });
    fs.writeFileSync(STAMP, lockHash());
  },
};

/** A person's own `npm ci` is as good: npm's note of what it installed (written last) then equals the lock. */
function isInstalledByHand() {
  const note = read(path.join(MODULES, '.package-lock.json'));
  if (note === undefined) return false;
  const [wanted, installed] = [fs.readFileSync(LOCK, 'utf8'), note].map(text => JSON.parse(text).packages);
  const same = Object.entries(wanted).every(([place, entry]) =>
    place === '' || (installed[place] ? installed[place].version === entry.version : entry.optional === true));
  if (same) fs.writeFileSync(STAMP, lockHash());
  return same;
}

function lockHash() { return createHash('sha256').update(fs.readFileSync(LOCK)).digest('hex'); }

function read(file) {
  try { return fs.readFileSync(file, 'utf8'); } catch { return undefined; }
}
