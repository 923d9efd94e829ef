/* Gets a machine ready: `npm run setup` for everything, `setUp(needs)` for what a script is about to use.
   Says on stderr what is missing and why before it fetches it; with nothing missing it says nothing and takes no time. */
import './setup/node-version.mjs';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CACHE } from './places.mjs';
import { allEnded } from './run/child.mjs';
import { withLock } from './run/lock.mjs';
import { runScript, say, Stop } from './run/say.mjs';
import { debianPackages } from './setup/debian-packages.mjs';
import { electronLibraries, electronStep } from './setup/electron-runtime.mjs';
import { nodePackages } from './setup/node-packages.mjs';
import { pythonClients } from './setup/python-clients.mjs';
import { tinyLinux } from './setup/tiny-linux.mjs';

export const NEEDS = {
  command: ['packages'],
  host: ['packages', 'qemu', 'guests'],
  console: ['packages', 'electron'],
  everything: ['packages', 'qemu', 'guests', 'electron', 'display', 'firmware', 'networks', 'storage-peers', 'cd-images', 'users', 'clients'],
  benchmarks: ['packages', 'qemu', 'guests', 'electron', 'display', 'firmware', 'networks', 'storage-peers', 'bench-peers'],
};

/** Brings what `needs` names; a step is `{name, why, isDone(), run()}`. */
export async function setUp(needs) {
  const isReady = () => stages(needs).flat().every(step => step.isDone());
  if (isReady()) return;
  await withLock(CACHE, 'setting up', async () => {
    for (let stage = 0; stage < stages(needs).length; stage += 1) {
      await allEnded(stages(needs)[stage].filter(step => !step.isDone()).map(runStep));
    }
  });
}

/** The steps of one stage do not need each other, only the stages before. */
function stages(needs) {
  const guests = needs.includes('guests') ? [tinyLinux] : [];
  const groups = [
    ...['qemu', 'electron', 'display', 'firmware', 'networks', 'storage-peers', 'bench-peers', 'cd-images', 'users', 'clients'].filter(group => needs.includes(group)),
    ...(guests.length > 0 ? ['debian-template'] : []),
    ...(guests.some(guest => !guest.isDone()) ? ['guest-tools'] : []),
  ];
  return [
    [nodePackages, debianPackages(groups)],
    [...guests, ...(needs.includes('electron') ? [electronStep] : []), ...(needs.includes('clients') ? [pythonClients] : [])],
    needs.includes('electron') ? [electronLibraries] : [],
  ];
}

async function runStep(step) {
  say(`Set-up: ${step.name} (${step.why}) ...`);
  const begun = performance.now();
  await step.run();
  if (!step.isDone()) throw new Stop(`Set-up of ${step.name} went through, and yet something is missing. Were files deleted that their package manager believes to be there?`);
  say(`Set-up: ${step.name} done in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

if (fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runScript(() => setUp(NEEDS.everything));
}
