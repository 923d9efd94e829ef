/* Where things are: the project, what set-up keeps outside the work tree, and where `npm start` keeps a host's data. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(fileURLToPath(import.meta.url), '../..');

/** Built once, used by every clone of the project; safe to delete. */
export const CACHE = path.join(absolute(process.env.XDG_CACHE_HOME) ?? path.join(os.homedir(), '.cache'), 'administrator-console');

/** One folder a template, each with its `template.json`. */
export const GUESTS = path.join(CACHE, 'guests');

/** Data of the host that `npm start` runs. */
export const HOST_DATA = process.getuid?.() === 0
  ? '/var/lib/administrator-console'
  : path.join(absolute(process.env.XDG_DATA_HOME) ?? path.join(os.homedir(), '.local/share'), 'administrator-console/host');

/** The entry files of the programs that come with an npm package. */
export const BIN = {
  tsc: inModules('typescript/bin/tsc'),
  eslint: inModules('eslint/bin/eslint.js'),
  depcruise: inModules('dependency-cruiser/bin/dependency-cruise.mjs'),
  electronVite: inModules('electron-vite/bin/electron-vite.js'),
  electronBuilder: inModules('electron-builder/cli.js'),
  vitest: inModules('vitest/vitest.mjs'),
  playwright: inModules('@playwright/test/cli.js'),
};

export const GUEST_ARGUMENTS = ['--guests', GUESTS];

/** The path of a program, looked for where a person's shell would and in the folders of root's programs. */
export function program(name) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  return folders.filter(Boolean).map(folder => path.join(folder, name)).find(file => isExecutable(file));
}

/** The XDG rules say: a relative path there is to be ignored. */
function absolute(folder) { return folder && path.isAbsolute(folder) ? folder : undefined; }

function inModules(file) { return path.join(ROOT, 'node_modules', file); }

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch { return false; }
}
