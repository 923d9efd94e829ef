/* What this machine's kernel cannot show, in one that can:  npm run lab    or parts of it:  npm run lab -- lvm bond
   Builds a Debian machine (once, kept under ~/.cache), and runs tests/lab/*.lab.ts: each boots the machine anew, with the service as it is built now
   inside, and talks to it over the network. docs/lab.md tells more. */
import './setup/node-version.mjs';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildHost } from './build.mjs';
import { makePayload } from './lab/payload.mjs';
import { BIN, CACHE, program, ROOT } from './places.mjs';
import { foreground, quiet } from './run/child.mjs';
import { filesLeft, markOf, processesLeft } from './run/leftovers.mjs';
import { withLock } from './run/lock.mjs';
import { runScript, say, Stop } from './run/say.mjs';
import { NEEDS, setUp } from './setup.mjs';

const IMAGE = path.join(CACHE, 'lab');
const RECIPE = ['image.sh', 'boot.sh'].map(file => path.join(ROOT, 'scripts/lab', file));
const RUN_LIMIT_MS = 90 * 60_000;

await runScript(async () => {
  if (process.getuid() !== 0) throw new Stop('The lab\'s image is put together by root (mmdebstrap). Please run it as root.');
  await setUp(NEEDS.host);
  await buildHost();
  await image();
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'lab-')), id = path.basename(temporary);
  try {
    const payload = path.join(temporary, 'payload.ext4');
    await makePayload(payload);
    const env = { ...process.env, ...markOf(id), TMPDIR: temporary, LAB_IMAGE: IMAGE, LAB_PAYLOAD: payload };
    return await foreground(process.execPath, [BIN.vitest, 'run', '-c', 'tests/lab/vitest.config.ts', ...process.argv.slice(2)], { env, timeout: RUN_LIMIT_MS });
  } finally {
    for (const { pid, command } of await processesLeft(id)) { say(`still running, ended now: ${pid} ${command}`); process.kill(pid, 'SIGKILL'); }
    for (const file of filesLeft(temporary).filter(file => !file.endsWith('payload.ext4'))) say(`left behind, removed now: ${file}`);
    fs.rmSync(temporary, { recursive: true, force: true });
  }
});

/** Built again only when its recipe has changed. */
async function image() {
  const stamp = path.join(IMAGE, 'stamp'), hash = createHash('sha256');
  for (const file of RECIPE) hash.update(fs.readFileSync(file));
  const wanted = `${hash.digest('hex')} node ${process.version}`;
  const isFresh = () => { try { return fs.readFileSync(stamp, 'utf8') === wanted; } catch { return false; } };
  if (isFresh()) return;
  fs.mkdirSync(IMAGE, { recursive: true });
  await withLock(IMAGE, 'building the lab machine', async () => {
    if (isFresh()) return;
    const missing = ['mmdebstrap', 'mke2fs', 'cpio', 'python3', 'ssh-keygen', 'busybox'].filter(name => !program(name));
    if (missing.length > 0) throw new Stop(`The lab needs ${missing.join(', ')}:\n\n  apt-get install -y --no-install-recommends mmdebstrap e2fsprogs cpio python3 openssh-client busybox-static`);
    say('Building the lab machine (three minutes the first time) ...');
    fs.rmSync(stamp, { force: true });
    const { ok, text } = await quiet(RECIPE[0], [IMAGE]);
    if (!ok) throw new Stop(`The lab machine cannot be built:\n\n${text.trimEnd().split('\n').slice(-20).join('\n')}`);
    fs.writeFileSync(stamp, wanted);
  });
}
