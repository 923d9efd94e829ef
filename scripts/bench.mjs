/* npm run bench [-- NAME ...]: runs bench/*.bench.{ts,mjs} one after the other, each beside a peer in the same run, and shows what they print. */
import './setup/node-version.mjs';
import fs from 'node:fs';
import path from 'node:path';
import { buildAll } from './build.mjs';
import { ROOT } from './places.mjs';
import { foreground } from './run/child.mjs';
import { startDisplay } from './run/display.mjs';
import { runScript, say, Stop } from './run/say.mjs';
import { NEEDS, setUp } from './setup.mjs';
import { electronRuntime } from './setup/electron-runtime.mjs';

const FOLDER = path.join(ROOT, 'bench');

await runScript(async () => {
  const files = chosen(process.argv.slice(2));
  await setUp(NEEDS.benchmarks);
  await buildAll();
  const display = await startDisplay();
  const env = { ...process.env, DISPLAY: display.name, WAYLAND_DISPLAY: '', ELECTRON_OVERRIDE_DIST_PATH: electronRuntime().dir };
  let failed = 0;
  try {
    for (const file of files) {
      say(`\n===== ${file}`);
      if (await foreground(process.execPath, ['--import', 'tsx', path.join(FOLDER, file)], { env }) !== 0) failed += 1;
    }
  } finally {
    await display.stop();
  }
  if (failed > 0) throw new Stop(`${failed} of ${files.length} benchmarks failed.`);
});

function chosen(names) {
  const all = fs.readdirSync(FOLDER).filter(file => /\.bench\.(ts|mjs)$/.test(file)).sort();
  const unknown = names.filter(name => !all.some(file => file.startsWith(`${name}.bench.`)));
  if (unknown.length > 0) throw new Stop(`There is no benchmark "${unknown.join(' ')}"; there are: ${all.map(file => file.replace(/\.bench\..*/, '')).join(', ')}`);
  return names.length === 0 ? all : all.filter(file => names.some(name => file.startsWith(`${name}.bench.`)));
}
