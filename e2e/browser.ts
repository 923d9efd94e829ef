import fs from 'node:fs';
import path from 'node:path';
import { _electron, type Page } from '@playwright/test';
import { scratchFolder } from './app';

/* Electron's Chromium as a browser and nothing more: no preload, no Node, one window on one address. It knows a host by its certificate. */

export interface Browser {
  page: Page;
  /** Uncaught errors, and what the page's own policy has refused. */
  complaints: string[];
  close(): Promise<void>;
}
export interface BrowserOptions { url: string; fingerprint: string; dark?: boolean; scale?: number }

/** As large as what a screen of 1600 x 1000 shows at this scale. */
const programOf = (url: string, fingerprint: string, scale: number): string => `const { app, BrowserWindow, session } = require('electron');
app.whenReady().then(() => {
  session.defaultSession.setCertificateVerifyProc(({ certificate }, answer) => { answer(certificate.fingerprint === ${JSON.stringify(fingerprint)} ? 0 : -2); });
  return new BrowserWindow({ width: ${scale > 1 ? 1600 / scale : 1280}, height: ${scale > 1 ? 1000 / scale : 800}, useContentSize: true, webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false } }).loadURL(${JSON.stringify(url)});
});
app.on('window-all-closed', () => app.quit());`;

export const openBrowser = async ({ url, fingerprint, dark = false, scale = 1 }: BrowserOptions): Promise<Browser> => {
  const folder = scratchFolder('browser');
  // Chromium writes it in another way.
  const known = `sha256/${Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64')}`;
  fs.writeFileSync(path.join(folder.path, 'browser.cjs'), programOf(url, known, scale));
  fs.writeFileSync(path.join(folder.path, 'package.json'), JSON.stringify({ name: 'browser', main: 'browser.cjs' }));
  const electron = await _electron.launch({
    args: [folder.path, '--disable-gpu', `--force-device-scale-factor=${scale}`, `--user-data-dir=${path.join(folder.path, 'settings')}`], colorScheme: dark ? 'dark' : 'light',
  });
  const page = await electron.firstWindow(), complaints: string[] = [];
  page.on('pageerror', error => { complaints.push(String(error)); });
  page.on('console', message => { if (/content security policy/i.test(message.text())) complaints.push(message.text()); });
  return { page, complaints, close: async () => { await electron.close(); folder.remove(); } };
};
