import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { outputOf } from '../platform/run-program';
import { findProgram } from '../platform/find-program';
import type { P2vMedium } from './contract';

/* The boot medium for physical machines: built by a script of Debian's packages into a folder of this host's guest library, when somebody asks for it. The kernel
 * and the initrd that are on it also put right what has come (operations/p2v/fix.ts). */

/** The script, and all that it uses. */
const SCRIPT = 'p2v.sh', SOURCES = [SCRIPT, 'unpacked.sh', 'p2v'];
const ISO = 'p2v.iso', RECIPE = 'recipe';
const BUILD_LIMIT_MS = 30 * 60_000;
const PROGRAMS = { 'apt-get': 'apt', 'dpkg-deb': 'dpkg', cpio: 'cpio', lz4: 'lz4', mformat: 'mtools', xorriso: 'xorriso', depmod: 'kmod', modprobe: 'kmod' };

/** @param scripts the folder of the recipes */
export const createP2vMedium = (folder: string, scripts: string): P2vMedium => {
  let building: Promise<void> | undefined;
  const at = (name: string): string => path.join(folder, name);
  return {
    facts: () => {
      const file = statSync(at(ISO), { throwIfNoEntry: false }), iso = file ? { path: at(ISO), sizeBytes: file.size, builtAt: file.mtimeMs } : undefined;
      const state = building ? 'building' : !iso ? 'absent' : readOr(at(RECIPE)) === versionOf(scripts) ? 'ready' : 'old';
      return { state, ...(iso ? { iso } : {}) };
    },
    lacks: () => {
      const missing = Object.entries(PROGRAMS).filter(([program]) => findProgram(program, SEARCHED) === undefined);
      if (!existsSync(path.join(scripts, SCRIPT))) return 'the recipe of the boot medium does not come with this installation';
      return missing.length === 0 ? '' : `missing on this host: ${missing.map(([program]) => program).join(', ')} (apt-get install ${[...new Set(missing.map(([, debian]) => debian))].join(' ')})`;
    },
    build: (signal, progress) => building ??= build(folder, scripts, signal, progress).finally(() => { building = undefined; }),
  };
};

const SEARCHED = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** The script says `P2V-STEP n/m words` as it goes, and puts everything in its place at its end. */
const build = async (folder: string, scripts: string, signal: AbortSignal, progress: (fraction: number, words: string) => void): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
    await outputOf('bash', [path.join(scripts, SCRIPT), folder, versionOf(scripts)], {
      signal, timeoutMs: BUILD_LIMIT_MS,
      onOutput: text => { for (const [, step, steps, words = ''] of text.matchAll(/P2V-STEP (\d+)\/(\d+) ([^\n]*)/g)) progress((Number(step) - 1) / Number(steps), words); },
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`the boot medium was not built: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const versionOf = (scripts: string): string => {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap(name => filesAt(path.join(scripts, name)))) hash.update(`${path.relative(scripts, file)}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
};
const filesAt = (at: string): string[] => (!statSync(at, { throwIfNoEntry: false })?.isDirectory() ? existsSync(at) ? [at] : []
  : readdirSync(at).filter(name => name !== '__pycache__').sort((a, b) => (a < b ? -1 : 1)).flatMap(name => filesAt(path.join(at, name))));
const readOr = (file: string): string => { try { return readFileSync(file, 'utf8').trim(); } catch { return ''; } };
