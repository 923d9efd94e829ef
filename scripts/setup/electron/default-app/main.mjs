/* Runs the app named on the command line, as Electron's own default app does:  electron [-r module] [--switch ...] path/to/app
   Packed into the runtime that set-up makes. -r is how Playwright brings its loader in; awaiting the app's main module at top
   level holds back `ready` until that has run. */
import { app } from 'electron';
import fs from 'node:fs';
import { Module } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { target, required } = readArguments(process.argv.slice(1));
if (target === undefined) stop('usage: electron [-r module] [--switch ...] path/to/app');
if (required.length > 0) Module._preloadModules(required);
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });
await runApp(path.resolve(target));

function readArguments(words) {
  const required = [];
  while (words.length > 0) {
    const word = words.shift();
    if (word === '-r' || word === '--require') required.push(words.shift());
    else if (word === '-v' || word === '--version') stop(`v${process.versions.electron}`, 0);
    else if (!word.startsWith('-')) return { target: word, required };
  }
  return { target: undefined, required };
}

async function runApp(place) {
  const manifest = path.join(place, 'package.json');
  const isFolder = fs.existsSync(manifest);
  if (isFolder) {
    const { name, productName = name, version, desktopName } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
    if (version) app.setVersion(version);
    if (productName) app.setName(productName);
    app.setDesktopName(desktopName ?? `${app.name}.desktop`);
  }
  let entry;
  try { entry = Module._resolveFilename(place, null, true); } catch (error) { stop(`no Electron app in ${place}: ${error.message}`); }
  app.setAppPath(isFolder ? place : path.dirname(entry));
  try { await import(pathToFileURL(entry).href); } catch (error) { stop(`the app threw while it was loaded:\n${error?.stack ?? error}`); }
}

function stop(text, code = 1) {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}
