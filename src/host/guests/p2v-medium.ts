import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { outputOf } from '../platform/run-program';
import { findProgram } from '../platform/find-program';
import type { P2vMedium } from './contract';

/* The boot medium for physical machines: built by a script of Debian's packages into a folder of this host's guest library, when somebody asks for it. The kernel
 * and the initrd that are on it also put right what has come (operations/p2v/fix.ts). */

const SCRIPT = 'build.sh', ISO = 'p2v.iso', RECIPE = 'recipe';
const BUILD_LIMIT_MS = 30 * 60_000;
const PROGRAMS = { 'apt-get': 'apt', 'dpkg-deb': 'dpkg', cpio: 'cpio', lz4: 'lz4', mformat: 'mtools', xorriso: 'xorriso', depmod: 'kmod', modprobe: 'kmod' };

/** @param recipe the folder of the script and all that it uses */
export const createP2vMedium = (folder: string, recipe: string): P2vMedium => {
  let building: Promise<void> | undefined;
  const at = (name: string): string => path.join(folder, name);
  return {
    facts: () => {
      const file = statSync(at(ISO), { throwIfNoEntry: false }), iso = file ? { path: at(ISO), sizeBytes: file.size, builtAt: file.mtimeMs } : undefined;
      const state = building ? 'building' : !iso ? 'absent' : readOr(at(RECIPE)) === versionOf(recipe) ? 'ready' : 'old';
      return { state, ...(iso ? { iso } : {}) };
    },
    lacks: () => {
      const missing = Object.entries(PROGRAMS).filter(([program]) => findProgram(program, SEARCHED) === undefined);
      if (!existsSync(path.join(recipe, SCRIPT))) return 'the recipe of the boot medium does not come with this installation';
      return missing.length === 0 ? '' : `missing on this host: ${missing.map(([program]) => program).join(', ')} (apt-get install ${[...new Set(missing.map(([, debian]) => debian))].join(' ')})`;
    },
    build: (signal, progress) => building ??= build(folder, recipe, signal, progress).finally(() => { building = undefined; }),
  };
};

const SEARCHED = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** The script says `P2V-STEP n/m words` as it goes, and puts everything in its place at its end. */
const build = async (folder: string, recipe: string, signal: AbortSignal, progress: (fraction: number, words: string) => void): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
    await outputOf('bash', [path.join(recipe, SCRIPT), folder, versionOf(recipe)], {
      signal, timeoutMs: BUILD_LIMIT_MS,
      onOutput: text => { for (const [, step, steps, words = ''] of text.matchAll(/P2V-STEP (\d+)\/(\d+) ([^\n]*)/g)) progress((Number(step) - 1) / Number(steps), words); },
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`the boot medium was not built: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const versionOf = (recipe: string): string => {
  const hash = createHash('sha256');
  for (const file of filesUnder(recipe)) hash.update(`${path.relative(recipe, file)}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
};
const filesUnder = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [])
  .filter(({ name }) => name !== '__pycache__').sort((a, b) => (a.name < b.name ? -1 : 1))
  .flatMap(entry => (entry.isDirectory() ? filesUnder(path.join(folder, entry.name)) : [path.join(folder, entry.name)]));
const readOr = (file: string): string => { try { return readFileSync(file, 'utf8').trim(); } catch { return ''; } };
