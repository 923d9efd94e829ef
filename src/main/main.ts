/* The Electron main process: wires settings, sessions, consoles and the window together. */
import path from 'node:path';
import { app, ipcMain, powerMonitor, safeStorage, shell } from 'electron';
import { knownHostsFile } from '../client';
import { Metrics } from '../connection/metrics/metrics';
import { Consoles } from './consoles';
import { announceAll, handlersOf, serve, type Announcer } from './ipc';
import { Sessions } from './sessions';
import { openSettingsFile, openSharedHosts, secretsOf, Settings } from './settings';
import { Files, systemDialogs, Transfers } from './transfers';
import { APP_URL, Notices, Outside, openMainWindow, registerScheme, setMenu, type MainWindow } from './windows';

const OUT_FOLDER = path.join(import.meta.dirname, '..');
const TITLE = 'Administrator Console';
const ANNOUNCE_NOTHING: Announcer = () => undefined;

/** For tests, and for a second console beside the first. */
const userData = process.env['ADMINISTRATOR_CONSOLE_USER_DATA'];
if (userData !== undefined && userData !== '') app.setPath('userData', path.resolve(userData));
process.on('unhandledRejection', error => { console.error(error); });
registerScheme();
// Without it Windows shows no notices.
if (process.platform === 'win32') app.setAppUserModelId('administrator-console');

// One console per folder of settings: the second one shows the first and goes.
if (app.requestSingleInstanceLock()) {
  // Not awaited at the top: Electron makes itself ready only when this module has been read.
  app.whenReady().then(start).catch((error: unknown) => { console.error(error); app.exit(1); });
} else {
  app.quit();
}

function start(): void {
  const known = userData === undefined || userData === '' ? knownHostsFile(process.env) : path.join(path.resolve(userData), 'known-hosts.json');
  const settings = new Settings(openSettingsFile(app.getPath('userData')), secretsOf(safeStorage, process.platform), openSharedHosts(known));
  const sessions = new Sessions({ settings });
  const consoles = new Consoles(sessions);
  const facts = { runsIn: 'desktop' as const, version: app.getVersion(), electron: process.versions.electron, platform: process.platform, secretsAreSafe: settings.secrets.areSafe };
  const files = new Files(systemDialogs);
  const transfers = new Transfers(sessions, files);
  const metrics = new Metrics(sessions);
  const notices = new Notices();
  const outside = new Outside(url => shell.openExternal(url));
  const parts = { facts, settings, sessions, consoles, files, transfers, metrics, notices, outside };
  let window: MainWindow | undefined;
  let announce = ANNOUNCE_NOTHING;

  setMenu(process.platform);
  serve(ipcMain, APP_URL, handlersOf(parts));
  announceAll(parts, (channel, value) => { announce(channel, value); });
  const open = (): void => {
    window = openMainWindow({ settings, outFolder: OUT_FOLDER, title: TITLE, onReload: () => { consoles.closeAll(); transfers.cancelAll(); metrics.stopAll(); } });
    announce = window.announce;
  };
  open();
  notices.onClicked.on(() => { window?.show(); });

  const connectFile = process.env['ADMINISTRATOR_CONSOLE_CONNECT'];
  if (connectFile !== undefined && connectFile !== '') sessions.connectByFile(path.resolve(connectFile));
  if (settings.preferences.connectAtStart === true) sessions.connectKnown();

  powerMonitor.on('resume', () => { sessions.retryLost(); });
  app.on('second-instance', () => { window?.show(); });
  app.on('activate', () => { window?.show(); });
  app.on('window-all-closed', () => { app.quit(); });
  endWell(async () => {
    consoles.closeAll();
    transfers.cancelAll();
    metrics.stopAll();
    await sessions.close();
  });
}

/** Holds the end of the program until `finish` has logged out of the hosts. */
function endWell(finish: () => Promise<void>): void {
  let finished = false;
  app.on('will-quit', event => {
    if (finished) return;
    event.preventDefault();
    void finish().catch((error: unknown) => { console.error(error); }).finally(() => {
      finished = true;
      // Not in the same turn: while Electron still tells of will-quit, a second quit is not heard, and the program would stay for ever.
      setImmediate(() => { app.quit(); });
    });
  });
}
