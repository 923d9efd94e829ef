/* npm run pack: the console, with the host service and xe beside it, as a folder that runs anywhere: release/linux-unpacked.
   Nothing is downloaded: the runtime is the one that set-up has chosen. */
import './setup/node-version.mjs';
import fs from 'node:fs';
import path from 'node:path';
import { buildAll, CLI } from './build.mjs';
import { BIN, ROOT } from './places.mjs';
import { must } from './run/child.mjs';
import { runScript, say } from './run/say.mjs';
import { NEEDS, setUp } from './setup.mjs';
import { electronRuntime } from './setup/electron-runtime.mjs';

await runScript(async () => {
  await setUp(NEEDS.console);
  await buildAll();
  const { dir, version, official } = electronRuntime();
  fs.rmSync(path.join(ROOT, 'release'), { recursive: true, force: true });
  say(`Packing with Electron ${version} ...`);
  await must(process.execPath, [BIN.electronBuilder, '--dir', '--publish', 'never', `-c.electronDist=${dir}`, `-c.electronVersion=${version}`],
    { env: { ...process.env, ELECTRON_BUILDER_OFFLINE: 'true' } });
  const folder = fs.readdirSync(path.join(ROOT, 'release')).find(name => name.endsWith('-unpacked'));
  const page = path.join(ROOT, 'release', folder, 'resources/man/man1/xe.1');
  fs.mkdirSync(path.dirname(page), { recursive: true });
  fs.writeFileSync(page, (await must(process.execPath, [CLI, 'man'])).stdout);
  say(`Packed: release/${folder}/administrator-console
The host:  node release/${folder}/resources/app.asar.unpacked/out/host/main.js
xe's manual:  man release/${folder}/resources/man/man1/xe.1`);
  if (!official) say('The Electron in it was made from the npm registry: good for trying, not for handing out.');
});
