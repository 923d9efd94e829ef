/* Gets a machine ready: `npm run setup` for everything, `setUp(needs)` for what a script is about to use.
   Says on stderr what is missing and why before it fetches it; with nothing missing it says nothing and takes no time. */
import './setup/node-version.mjs';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CACHE } from './places.mjs';
import { withLock } from './run/lock.mjs';
import { runScript, say } from './run/say.mjs';
import { debianPackages } from './setup/debian-packages.mjs';
import { electronLibraries, electronStep } from './setup/electron-runtime.mjs';
import { nodePackages } from './setup/node-packages.mjs';
import { tinyLinux } from './setup/tiny-linux.mjs';

export const NEEDS = {
  command: ['packages'],
  host: ['packages', 'qemu', 'guests'],
  console: ['packages', 'electron'],
  everything: ['packages', 'qemu', 'guests', 'electron', 'display'],
};

/** Brings what `needs` names; a step is `{name, why, isDone(), run()}`. */
export async function setUp(needs) {
  if (missing(needs).length === 0) return;
  await withLock(CACHE, 'setting up', async () => {
    for (let todo = missing(needs); todo.length > 0; todo = missing(needs)) await runStep(todo[0]);
  });
}

function missing(needs) { return steps(needs).filter(step => !step.isDone()); }

function steps(needs) {
  const groups = () => [
    ...(needs.includes('qemu') ? ['qemu'] : []),
    ...(needs.includes('guests') && !tinyLinux.isDone() ? ['guest-tools'] : []),
    ...(needs.includes('electron') ? ['electron'] : []),
    ...(needs.includes('display') ? ['display'] : []),
  ];
  return [
    nodePackages,
    debianPackages(groups),
    ...(needs.includes('guests') ? [tinyLinux] : []),
    ...(needs.includes('electron') ? [electronStep, electronLibraries] : []),
  ];
}

async function runStep(step) {
  say(`Set-up: ${step.name} (${step.why}) ...`);
  const begun = process.hrtime.bigint();
  await step.run();
  say(`  done in ${Number((process.hrtime.bigint() - begun) / 100_000_000n) / 10} s`);
  if (!step.isDone()) throw new Error(`set-up of ${step.name} ended without leaving what it should`);
}

if (fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runScript(() => setUp(NEEDS.everything));
}
