// The least that Electron can show: the peer of bench/console.bench.ts.
const { app, BrowserWindow } = require('electron');
app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1280, height: 800 });
  return window.loadURL('data:text/html,<!doctype html><title>bare</title><p>bare Electron</p>');
});
app.on('window-all-closed', () => app.quit());
