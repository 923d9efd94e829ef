import { readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { GuestLibrary, GuestTemplate } from './contract';
import { parseTemplates } from './template-file';

/* A folder of guests that set-up has built: one sub-folder each, described by its template.json. Nothing outside the
 * folder is ever named by it, whatever symbolic links say. */

export const TEMPLATE_FILE = 'template.json';

export interface LibraryLog { warn(what: string, facts?: Readonly<Record<string, unknown>>): void }

export const openGuestLibrary = async (directory: string | undefined, log: LibraryLog): Promise<GuestLibrary> => {
  const root = directory === undefined ? undefined : await realpath(directory).catch(() => undefined);
  if (directory !== undefined && root === undefined) log.warn('no guest library', { directory });
  return {
    templates: () => (root === undefined ? Promise.resolve([]) : readAll(root, log)),
    resolve: async name => {
      if (root === undefined || name === '' || path.isAbsolute(name)) return undefined;
      return inside(root, path.join(root, name));
    },
    nameOf: file => (root !== undefined && file.startsWith(root + path.sep) ? file.slice(root.length + 1) : undefined),
  };
};

const readAll = async (root: string, log: LibraryLog): Promise<GuestTemplate[]> => {
  const folders = (await readdir(root, { withFileTypes: true })).filter(entry => entry.isDirectory()).map(entry => entry.name).sort();
  const all: GuestTemplate[] = [];
  for (const folder of folders) {
    const file = path.join(root, folder, TEMPLATE_FILE);
    try {
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => { if (error.code === 'ENOENT') return undefined; throw error; });
      if (text === undefined) continue; // half built, or not a guest
      for (const template of parseTemplates(text)) all.push(await located(root, path.join(root, folder), template));
    } catch (error) { log.warn('guest left out', { file, why: error instanceof Error ? error.message : String(error) }); }
  }
  return all;
};

/** Relative paths become absolute ones that are there, and in the library. */
const located = async (root: string, folder: string, template: GuestTemplate): Promise<GuestTemplate> => {
  const at = async (name: string): Promise<string> => {
    if (path.isAbsolute(name)) throw new Error(`${name} is an absolute path`);
    const found = await inside(root, path.join(folder, name));
    if (found === undefined) throw new Error(`${name} is absent or outside the library`);
    return found;
  };
  const boot = template.boot.by === 'kernel' ? { ...template.boot, kernelPath: await at(template.boot.kernelPath), initrdPath: await at(template.boot.initrdPath) } : template.boot;
  return { ...template, boot, disk: { ...template.disk, path: await at(template.disk.path) } };
};

const inside = async (root: string, file: string): Promise<string | undefined> => {
  const real = await realpath(file).catch(() => undefined);
  return real?.startsWith(root + path.sep) ? real : undefined;
};
