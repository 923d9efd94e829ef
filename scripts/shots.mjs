/* npm run shots: takes the pictures in docs/images anew - the real console against a real host, on a screen of its own. */
import './setup/node-version.mjs';
import { buildAll } from './build.mjs';
import { BIN } from './places.mjs';
import { foreground } from './run/child.mjs';
import { startDisplay } from './run/display.mjs';
import { runScript } from './run/say.mjs';
import { NEEDS, setUp } from './setup.mjs';
import { electronRuntime } from './setup/electron-runtime.mjs';

await runScript(async () => {
  await setUp(NEEDS.everything);
  await buildAll();
  const display = await startDisplay();
  try {
    const env = { ...process.env, DISPLAY: display.name, WAYLAND_DISPLAY: '', ELECTRON_OVERRIDE_DIST_PATH: electronRuntime().dir, SHOTS: '1' };
    return await foreground(process.execPath, [BIN.playwright, 'test', '-c', 'e2e/playwright.config.ts', ...process.argv.slice(2)], { env });
  } finally {
    await display.stop();
  }
});
