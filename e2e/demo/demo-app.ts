import fs from 'node:fs';
import path from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { build } from 'esbuild';
import { scratchFolder } from '../app';

const HERE = import.meta.dirname;
const ROOT = path.resolve(HERE, '../..');
/** As large as what a screen of 1600 x 1000 shows at this scale. */
const windowOf = (scale: number): string => `const { app, BrowserWindow } = require('electron');
app.whenReady().then(() => new BrowserWindow({ width: ${scale > 1 ? 1600 / scale : 1280}, height: ${scale > 1 ? 1000 / scale : 800}, useContentSize: true }).loadFile('index.html'));
app.on('window-all-closed', () => app.quit());`;
const PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Administrator Console</title><div id="root"></div><script src="page.js"></script><script type="module" src="main.js"></script></html>';

export interface DemoApp { electron: ElectronApplication; page: Page; close(): Promise<void> }

/** The renderer alone, in real Electron, over made-up records: every state of a screen without a host that is in it. */
export const launchDemo = async ({ dark = false, scale = 1 }: { dark?: boolean; scale?: number } = {}): Promise<DemoApp> => {
  const folder = scratchFolder('demo');
  const common = { bundle: true, outdir: folder.path, target: 'chrome130', jsx: 'automatic' as const, define: { 'process.env.NODE_ENV': '"production"' }, logLevel: 'error' as const, loader: { '.css': 'empty' as const } };
  await build({ ...common, entryPoints: { page: path.join(HERE, 'page.ts') }, format: 'iife' });
  await build({ ...common, entryPoints: { main: path.join(ROOT, 'src/renderer/main.tsx') }, format: 'esm', splitting: true });
  fs.writeFileSync(path.join(folder.path, 'index.html'), PAGE);
  fs.writeFileSync(path.join(folder.path, 'window.cjs'), windowOf(scale));
  fs.writeFileSync(path.join(folder.path, 'package.json'), JSON.stringify({ name: 'demo', main: 'window.cjs' }));
  const electron = await _electron.launch({
    cwd: ROOT, args: [folder.path, '--disable-gpu', '--allow-file-access-from-files', `--force-device-scale-factor=${scale}`, `--user-data-dir=${path.join(folder.path, 'settings')}`], colorScheme: dark ? 'dark' : 'light',
  });
  const page = await electron.firstWindow();
  return { electron, page, close: async () => { await electron.close(); folder.remove(); } };
};
