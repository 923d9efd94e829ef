import { expect, test } from '@playwright/test';
import { launch, scratchFolder, type ConsoleApp } from './app';

/* What the page may not do, in the real Electron. Playwright's evaluate is not held by the content security policy, so what the
 * policy must stop is tried by elements of the page. */

let settings: ReturnType<typeof scratchFolder>;
let app: ConsoleApp;
test.beforeAll(async () => {
  settings = scratchFolder('settings');
  app = await launch({ settings: settings.path });
});
test.afterAll(async () => { await app.close(); settings.remove(); });

test('the window is isolated and has no Node', async () => {
  const preferences = await app.electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> } | undefined;
    const { sandbox, contextIsolation, nodeIntegration, webSecurity } = contents?.getLastWebPreferences() ?? {};
    return { sandbox, contextIsolation, nodeIntegration, webSecurity };
  });
  expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true });
  expect(preferences.nodeIntegration ?? false).toBe(false);
  expect(preferences.webSecurity ?? true).toBe(true);
  expect(await app.page.evaluate(() => ['require', 'process', 'module', 'Buffer'].filter(name => name in globalThis))).toEqual([]);
  expect(await app.page.evaluate(() => Object.keys((globalThis as unknown as { api: object }).api).sort())).toEqual(['invoke', 'on', 'takeFile']);
});

test('it opens no other windows', async () => {
  expect(app.page.url()).toMatch(/^app:\/\/console\//);
  expect(await app.page.evaluate(() => window.open('https://example.invalid/') === null)).toBe(true);
  expect(app.electron.windows()).toHaveLength(1);
});

// Playwright waits for ever for a navigation that was refused: an app of its own, asked and ended through its main process.
test('it shows its own pages only', async () => {
  const own = scratchFolder('settings');
  const other = await launch({ settings: own.path });
  const address = (): Promise<string | undefined> => other.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getURL());
  const before = await address();
  const tried = other.electron.evaluate(({ BrowserWindow }) => new Promise<boolean>(resolve => {
    BrowserWindow.getAllWindows()[0]?.webContents.once('will-frame-navigate', event => { setImmediate(() => { resolve(event.defaultPrevented); }); });
  }));
  await other.electron.evaluate(({ BrowserWindow }) => { void BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript("location.assign('https://example.invalid/')", true); });
  expect(await tried).toBe(true);
  expect(await address()).toBe(before);
  const ended = new Promise(resolve => other.electron.process().once('exit', resolve));
  await other.electron.evaluate(({ app: electron }) => { electron.exit(0); }).catch(() => { /* it is gone before it can answer */ });
  await ended;
  own.remove();
});

test('scripts and requests that are not its own are refused', async () => {
  const stopped = await app.page.evaluate(async () => {
    const directives: string[] = [];
    document.addEventListener('securitypolicyviolation', event => { directives.push(event.effectiveDirective); });
    const script = document.createElement('script');
    script.textContent = 'globalThis.ran = true';
    document.body.append(script);
    await fetch('https://example.invalid/').catch(() => undefined);
    await new Promise<void>(resolve => { requestAnimationFrame(() => { requestAnimationFrame(() => { resolve(); }); }); });
    return { directives: [...new Set(directives)].sort(), ran: 'ran' in globalThis };
  });
  expect(stopped.ran).toBe(false);
  expect(stopped.directives).toEqual(['connect-src', 'script-src-elem']);
});

test('closing the last window ends the program, also when it was never connected', async () => {
  const own = scratchFolder('settings');
  const other = await launch({ settings: own.path });
  const ended = new Promise(resolve => other.electron.process().once('exit', resolve));
  await other.electron.evaluate(({ BrowserWindow }) => { BrowserWindow.getAllWindows()[0]?.close(); });
  expect(await ended).toBe(0);
  own.remove();
});

test('the bridge refuses what is not in its list, or not well formed', async () => {
  const outcome = (channel: string, ...args: unknown[]): Promise<string> => app.page.evaluate(async ([name, values]) => {
    const { api } = globalThis as unknown as { api: { invoke(channel: string, ...args: unknown[]): Promise<unknown> } };
    try { await api.invoke(name, ...values); return 'answered'; } catch { return 'refused'; }
  }, [channel, args] as const);
  expect(await outcome('app.facts')).toBe('answered');
  expect(await outcome('shell.openExternal', 'https://example.invalid/')).toBe('refused');
  expect(await outcome('session.connect', 'not a request')).toBe('refused');
  expect(await outcome('console.write', 1, 'not bytes')).toBe('refused');
});
