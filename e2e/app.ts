import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';

const ROOT = path.resolve(import.meta.dirname, '..');

/** The real console in a window of its own, with settings of its own. */
export interface ConsoleApp {
  electron: ElectronApplication;
  page: Page;
  /** What the page complained about: content security policy, uncaught errors. */
  complaints: string[];
  /** Ends the app; its settings stay for a next launch on the same folder. */
  close(): Promise<void>;
}

export interface LaunchOptions { settings: string; dark?: boolean; scale?: number; connectFile?: string }

export const scratchFolder = (name: string): { path: string; remove(): void } => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `ac-${name}-`));
  return { path: folder, remove: () => { fs.rmSync(folder, { recursive: true, force: true }); } };
};

export const launch = async ({ settings, dark = false, scale = 1, connectFile }: LaunchOptions): Promise<ConsoleApp> => {
  const electron = await _electron.launch({
    cwd: ROOT,
    args: ['.', '--disable-gpu', `--force-device-scale-factor=${scale}`],
    colorScheme: dark ? 'dark' : 'light',
    env: {
      ...process.env as Record<string, string>,
      ADMINISTRATOR_CONSOLE_USER_DATA: settings,
      ...(connectFile === undefined ? {} : { ADMINISTRATOR_CONSOLE_CONNECT: connectFile }),
    },
  });
  const page = await electron.firstWindow();
  const complaints: string[] = [];
  page.on('console', message => { if (message.type() === 'error') complaints.push(message.text()); });
  page.on('pageerror', error => { complaints.push(String(error)); });
  return { electron, page, complaints, close: () => electron.close() };
};
