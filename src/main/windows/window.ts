/* The one window: sandboxed, isolated, showing only our own page, and where it stood the last time. */
import path from 'node:path';
import { BrowserWindow, protocol, screen, session } from 'electron';
import type { Announce } from '../../shared/ipc';
import type { Settings } from '../settings';
import { MIN_SIZE, placeFor } from './place';
import { APP_SCHEME, APP_URL, serveFile } from './scheme';

export interface MainWindow {
  announce: <C extends keyof Announce>(channel: C, value: Announce[C]) => void;
  /** To the front, whatever it was doing. */
  show: () => void;
}
export interface WindowParts {
  settings: Settings;
  /** The built `out/`: renderer/ and preload/ are in it. */
  outFolder: string;
  title: string;
  /** The page begins anew: what was open for it is nobody's any more. */
  onReload: () => void;
}

/** Before the app is ready. */
export const registerScheme = (): void => {
  protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }]);
};

export const openMainWindow = ({ settings, outFolder, title, onReload }: WindowParts): MainWindow => {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((contents, permission, answer) => { answer(isGranted(permission, contents.getURL())); });
  defaultSession.setPermissionCheckHandler((_contents, permission, origin) => isGranted(permission, origin));
  defaultSession.setSpellCheckerEnabled(false);
  // The page has no business on any network; this also stops what Chromium would fetch by itself.
  defaultSession.webRequest.onBeforeRequest((details, answer) => { answer({ cancel: !isLocal(details.url) }); });
  defaultSession.protocol.handle(APP_SCHEME, request => serveFile(path.join(outFolder, 'renderer'), request.url));

  const primary = screen.getPrimaryDisplay();
  const { maximised, ...bounds } = placeFor(settings.windowPlace, [primary, ...screen.getAllDisplays().filter(display => display.id !== primary.id)].map(display => display.workArea));
  const window = new BrowserWindow({
    ...bounds, title, minWidth: MIN_SIZE.width, minHeight: MIN_SIZE.height, show: false, autoHideMenuBar: true,
    webPreferences: {
      preload: path.join(outFolder, 'preload', 'preload.cjs'),
      sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false, spellcheck: false, navigateOnDragDrop: false,
    },
  });
  if (maximised) window.maximize();
  keepInside(window, onReload);
  window.once('ready-to-show', () => { window.show(); });
  window.on('close', () => { settings.rememberWindow({ ...window.getNormalBounds(), maximised: window.isMaximized() }); });
  void window.loadURL(APP_URL).catch((error: unknown) => { console.error('window:', error instanceof Error ? error.message : error); });
  return {
    announce: (channel, value) => { if (!window.isDestroyed()) window.webContents.send(channel, value); },
    show: () => { if (window.isMinimized()) window.restore(); window.show(); window.focus(); },
  };
};

/** Our page stays the only one: no navigation, no other window, no web view. */
const keepInside = (window: BrowserWindow, onReload: () => void): void => {
  const { webContents } = window;
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  webContents.on('will-navigate', event => { event.preventDefault(); });
  webContents.on('will-frame-navigate', event => { event.preventDefault(); });
  webContents.on('will-attach-webview', event => { event.preventDefault(); });
  webContents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => { if (isMainFrame && !isSameDocument) onReload(); });
  webContents.on('render-process-gone', (_event, { reason }) => {
    onReload();
    if (reason !== 'clean-exit' && reason !== 'killed') { console.error(`window: the page is gone (${reason}), loading it again`); webContents.reload(); }
  });
};

/** What a console needs: the whole screen with all its keys, and a picture on the clipboard. Nothing that reads, hears or sees. */
const GRANTED: ReadonlySet<string> = new Set(['fullscreen', 'keyboardLock', 'clipboard-sanitized-write']);
const isGranted = (permission: string, url: string): boolean => GRANTED.has(permission) && `${url}/`.startsWith(APP_URL);

const isLocal = (url: string): boolean => url.startsWith(APP_URL) || url.startsWith('data:') || url.startsWith('blob:') || url.startsWith('devtools:');
