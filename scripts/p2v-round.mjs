/* A physical machine, brought in:  npm run p2v-round
   Installs a Debian on an emulated SATA disk with LVM (once, kept under ~/.cache), boots that machine from the boot medium that a real host has built, brings
   it in over the network, and boots what has come (tests/p2v). Needs root and a Debian mirror. docs/p2v.md tells more. */
import './setup/node-version.mjs';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildHost } from './build.mjs';
import { BIN, CACHE, program, ROOT } from './places.mjs';
import { foreground, quiet } from './run/child.mjs';
import { markOf, processesLeft } from './run/leftovers.mjs';
import { withLock } from './run/lock.mjs';
import { runScript, say, Stop } from './run/say.mjs';
import { NEEDS, setUp } from './setup.mjs';

const MACHINE = path.join(CACHE, 'p2v'), DISK = path.join(MACHINE, 'disk.raw');
const RECIPE = ['old-machine.sh', 'lvm_disk.py'].map(file => path.join(ROOT, 'scripts/p2v', file));
const RUN_LIMIT_MS = 90 * 60_000;

await runScript(async () => {
  if (process.getuid() !== 0) throw new Stop('The old machine is put together by root (mmdebstrap). Please run it as root.');
  await setUp(NEEDS.host);
  await buildHost();
  await oldMachine();
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'p2v-')), id = path.basename(temporary);
  fs.chmodSync(temporary, 0o711);
  try {
    const env = { ...process.env, ...markOf(id), TMPDIR: temporary, P2V_OLD_MACHINE: DISK };
    return await foreground(process.execPath, [BIN.vitest, 'run', '-c', 'tests/p2v/vitest.config.ts', ...process.argv.slice(2)], { env, timeout: RUN_LIMIT_MS });
  } finally {
    for (const { pid, command } of await processesLeft(id)) { say(`still running, ended now: ${pid} ${command}`); process.kill(pid, 'SIGKILL'); }
    fs.rmSync(temporary, { recursive: true, force: true });
  }
});

/** Built again only when its recipe has changed. */
async function oldMachine() {
  const stamp = path.join(MACHINE, 'stamp'), hash = createHash('sha256');
  for (const file of RECIPE) hash.update(fs.readFileSync(file));
  const wanted = hash.digest('hex');
  const isFresh = () => { try { return fs.readFileSync(stamp, 'utf8') === wanted; } catch { return false; } };
  if (isFresh()) return;
  fs.mkdirSync(MACHINE, { recursive: true });
  await withLock(MACHINE, 'installing the old machine', async () => {
    if (isFresh()) return;
    const missing = ['mmdebstrap', 'mke2fs', 'mkswap', 'sfdisk', 'python3'].filter(name => !program(name));
    if (missing.length > 0) throw new Stop(`The old machine needs ${missing.join(', ')}:\n\n  apt-get install -y --no-install-recommends mmdebstrap e2fsprogs fdisk util-linux python3`);
    say('Installing the old machine (two minutes the first time) ...');
    fs.rmSync(stamp, { force: true });
    const { ok, text } = await quiet(RECIPE[0], [MACHINE]);
    if (!ok) throw new Stop(`The old machine cannot be installed:\n\n${text.trimEnd().split('\n').slice(-20).join('\n')}`);
    fs.writeFileSync(stamp, wanted);
  });
}
