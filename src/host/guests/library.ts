import { chmod, copyFile, mkdir, readdir, readFile, realpath, rename, rm, stat, utimes } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { GuestLibrary, GuestTemplate } from './contract';
import { parseTemplates } from './template-file';

/* Folders of guests that set-up or this host has built: one sub-folder each, described by its template.json. Nothing outside the
 * folder is ever named by it, whatever symbolic links say. Kernels are booted from copies in the host's own data: a QEMU of
 * an unprivileged user may not pass through the folder of whoever ran set-up. */

export const TEMPLATE_FILE = 'template.json';

export interface LibraryLog { warn(what: string, facts?: Readonly<Record<string, unknown>>): void }

/**
 * @param directories what set-up has built, what this host has built; of two files of one name the first counts
 * @param copies where the copies are kept; made if absent
 */
export const openGuestLibrary = async (directories: readonly (string | undefined)[], copies: string, log: LibraryLog): Promise<GuestLibrary> => {
  await mkdir(copies, { recursive: true });
  await chmod(copies, 0o711);
  const roots: string[] = [];
  for (const directory of directories) {
    const root = directory === undefined ? undefined : await realpath(directory).catch(() => undefined);
    if (root !== undefined) roots.push(root); else if (directory !== undefined) log.warn('no guest library', { directory });
  }
  return {
    templates: async () => (await Promise.all(roots.map(root => readAll(root, log)))).flat(),
    resolve: async name => {
      if (name === '' || path.isAbsolute(name)) return undefined;
      for (const root of roots) {
        const file = await inside(root, path.join(root, name));
        if (file !== undefined) return copyOf(file, path.join(copies, file.slice(root.length + 1).replaceAll(path.sep, '~')));
      }
      return undefined;
    },
    nameOf: file => roots.filter(root => file.startsWith(root + path.sep)).map(root => file.slice(root.length + 1))[0],
  };
};

const readAll = async (root: string, log: LibraryLog): Promise<GuestTemplate[]> => {
  const folders = (await readdir(root, { withFileTypes: true })).filter(entry => entry.isDirectory() && !entry.name.startsWith('.')).map(entry => entry.name).sort();
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

/** A copy that everybody may read, made anew when the original has changed. */
const copyOf = async (file: string, copy: string): Promise<string> => {
  const [now, had] = [await stat(file), await stat(copy).catch(() => undefined)];
  if (had?.size === now.size && Math.trunc(had.mtimeMs / 1000) === Math.trunc(now.mtimeMs / 1000)) return copy;
  const unfinished = `${copy}.${randomUUID()}.unfinished`;
  try {
    await copyFile(file, unfinished);
    await chmod(unfinished, 0o444);
    await utimes(unfinished, now.atime, now.mtime);
    await rename(unfinished, copy);
  } catch (error) { await rm(unfinished, { force: true }); throw error; }
  return copy;
};

const inside = async (root: string, file: string): Promise<string | undefined> => {
  const real = await realpath(file).catch(() => undefined);
  return real?.startsWith(root + path.sep) ? real : undefined;
};
