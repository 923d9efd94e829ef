import { chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { findProgram } from '../platform/find-program';
import { ProgramError, runProgram } from '../platform/run-program';
import { GuestError, type GuestRecipe, type TemplateBuilder } from './contract';
import type { LibraryLog } from './library';

/* Builds templates on this host by the recipes in scripts/guests, each into a folder of its own that gets its name when it is whole. */

const BUILD_LIMIT_MS = 30 * 60_000;
const SHOWN_LINES = 12;
const HALF_BUILT = '.building-', REPLACED = '.replaced-';

interface Recipe extends GuestRecipe { script: string; env: Readonly<Record<string, string>>; programs: Readonly<Record<string, string>> }

/** The programs of scripts/guests/debian.sh, with the Debian package of each. */
const DEBIAN_PROGRAMS = { 'mmdebstrap': 'mmdebstrap', 'apt-get': 'apt', 'mke2fs': 'e2fsprogs', 'sfdisk': 'fdisk', 'mkfs.vfat': 'dosfstools', 'mcopy': 'mtools', 'qemu-img': 'qemu-utils' };
const debian = (version: string, suite: string): Recipe => ({
  key: `debian-${version}`, nameLabel: `Debian ${version}`,
  nameDescription: `Debian ${version} (${suite}), ready to go: serial and graphical console, guest agent, SSH. Built on this host from Debian's packages when it is asked for; takes about a minute.`,
  script: 'debian.sh', env: { SUITE: suite, VERSION: version }, programs: DEBIAN_PROGRAMS,
});
const RECIPES: readonly Recipe[] = [debian('12', 'bookworm')];

export interface BuilderOptions {
  scripts: string;
  /** Where the templates go; only for this builder. */
  directory: string;
  log: LibraryLog;
  recipes?: readonly Recipe[];
}

export const createTemplateBuilder = async ({ scripts, directory, log, recipes = RECIPES }: BuilderOptions): Promise<TemplateBuilder> => {
  for (const name of await readdir(directory)) {
    if (name.startsWith(HALF_BUILT) || name.startsWith(REPLACED)) await rm(path.join(directory, name), { recursive: true, force: true }).catch((error: unknown) => { log.warn('a half-built template stays', { name, why: String(error) }); });
  }
  const building = new Set<string>();
  const find = (key: string): Recipe => {
    const recipe = recipes.find(each => each.key === key);
    if (!recipe) throw new GuestError('unknown', `this host has no recipe "${key.slice(0, 100)}"`);
    return recipe;
  };
  return {
    recipes: recipes.map(({ key, nameLabel, nameDescription }) => ({ key, nameLabel, nameDescription })),
    lacks: key => lacks(find(key)),
    build: async (key, signal, progress) => {
      const recipe = find(key), why = lacks(recipe);
      if (why !== '') throw new GuestError('lacks', why);
      if (building.has(key)) throw new GuestError('busy', `${recipe.nameLabel} is being built already`);
      building.add(key);
      const work = await mkdtemp(path.join(directory, HALF_BUILT));
      try {
        await chmod(work, 0o755); // another user's packages belong to users of its own
        await follow(path.join(scripts, recipe.script), work, recipe.env, signal, progress);
        await takePlace(work, path.join(directory, key));
      } finally { building.delete(key); await rm(work, { recursive: true, force: true }); }
    },
  };
};

const lacks = ({ nameLabel, programs }: Recipe): string => {
  const needed = { ...programs, ...(isRoot() ? {} : { newuidmap: 'uidmap' }) };
  const missing = Object.entries(needed).filter(([program]) => findProgram(program, `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`) === undefined);
  if (missing.length === 0) return '';
  return `to build ${nameLabel} this host needs ${missing.map(([program]) => program).join(', ')}; on Debian: apt install ${[...new Set(missing.map(([, name]) => name))].join(' ')}`;
};

const isRoot = (): boolean => process.getuid?.() === 0;

/** In a process namespace of its own, and told when this service dies: whatever ends it, nothing of it goes on. An ordinary user may make no namespace without losing what mmdebstrap needs. */
const CAGE = ['--pdeathsig', 'KILL', ...(isRoot() ? ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'] : [])];

const follow = async (script: string, folder: string, env: Recipe['env'], signal: AbortSignal, progress: (fraction: number, what: string) => void): Promise<void> => {
  let line = '';
  const onOutput = (text: string): void => {
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    for (const said of lines) {
      const [, percent, what = ''] = /^progress (\d{1,3}) (.*)$/.exec(said) ?? [];
      if (percent !== undefined) progress(Math.min(100, Number(percent)) / 100, what);
    }
  };
  try {
    const { code, stdout, stderr } = await runProgram('setpriv', [...CAGE, 'bash', script, folder], { env, signal, timeoutMs: BUILD_LIMIT_MS, onOutput, withChildren: true });
    if (code === 0) return;
    const said = (stderr.trim() || stdout.trim()).split('\n').slice(-SHOWN_LINES).join('\n');
    throw new GuestError('failed', said || `${path.basename(script)} ended with exit status ${code}`);
  } catch (error) {
    if (error instanceof ProgramError) throw new GuestError(error.kind === 'missing' ? 'lacks' : 'failed', error.message);
    throw error;
  }
};

/** A crash in between leaves none, or both; the records go on to know what they took from the old one. */
const takePlace = async (folder: string, place: string): Promise<void> => {
  const old = path.join(path.dirname(place), `${REPLACED}${path.basename(place)}`);
  await rm(old, { recursive: true, force: true });
  await rename(place, old).catch((error: NodeJS.ErrnoException) => { if (error.code !== 'ENOENT') throw error; });
  await rename(folder, place);
  await rm(old, { recursive: true, force: true });
};
