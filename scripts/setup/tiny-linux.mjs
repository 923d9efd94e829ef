/* Set-up: the template "Tiny Linux", built from Debian's kernel and busybox by scripts/guests/tiny-linux.sh. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { GUESTS, ROOT } from '../places.mjs';
import { must } from '../run/child.mjs';

const BUILT = path.join(GUESTS, 'tiny-linux');
const RECIPE = path.join(ROOT, 'scripts/guests');

export const tinyLinux = {
  name: 'Tiny Linux',
  why: 'the template that is ready from the start',
  isDone: () => readText(path.join(BUILT, '.recipe')) === recipeHash(),
  async run() {
    fs.mkdirSync(GUESTS, { recursive: true });
    const work = fs.mkdtempSync(path.join(GUESTS, '.tiny-linux-'));
    try {
      await must('bash', [path.join(RECIPE, 'tiny-linux.sh'), work]);
      fs.writeFileSync(path.join(work, '.recipe'), recipeHash());
      fs.chmodSync(work, 0o755);
      fs.rmSync(BUILT, { recursive: true, force: true });
      fs.renameSync(work, BUILT);
    } finally {
      fs.rmSync(work, { recursive: true, force: true });
    }
  },
};

/** Of the script and of everything that goes into the guest: a changed recipe is built anew. */
function recipeHash() {
  const hash = createHash('sha256');
  const files = ['tiny-linux.sh', 'unpacked.sh', ...fs.readdirSync(path.join(RECIPE, 'tiny-linux')).sort().map(name => `tiny-linux/${name}`)];
  for (const file of files) hash.update(`${file}\0`).update(fs.readFileSync(path.join(RECIPE, file)));
  return hash.digest('hex');
}

function readText(file) {
  try { return fs.readFileSync(file, 'utf8'); } catch { return undefined; }
}
