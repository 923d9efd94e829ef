/* Set-up: Debian packages, through apt with the rights that are there: root, or sudo where it asks nothing. */
import fs from 'node:fs';
import { must, quiet } from '../run/child.mjs';
import { Stop, say } from '../run/say.mjs';
import { isDebian, missingParts } from './programs.mjs';

const LISTS = '/var/lib/apt/lists';
const LISTS_FRESH_MS = 24 * 3600_000;
const LOCK_WAIT_SECONDS = 300;

/** A step for the named groups of setup/programs.mjs. */
export function debianPackages(groups) {
  return {
    name: 'Debian packages',
    why: [...new Set(missingParts(groups).map(part => part.why))].join('; '),
    isDone: () => missingParts(groups).length === 0,
    run: () => installFor(missingParts(groups)),
  };
}

/** Installs what has `missing` parts, or stops with what the person has to do. */
export async function installFor(missing) {
  say(`  missing: ${missing.map(part => part.what).join(', ')}`);
  if (!isDebian()) throw new Stop(`This is not Debian (or a child of it). Please install by its own means: ${missing.map(part => part.what).join(', ')}.`);
  const as = await rights();
  if (!as) throw new Stop(`Installing packages needs root. Please run this once, then start again:\n\n  ${commandFor(missing)}`);
  if (!listsAreFresh()) await update(as);
  let names = await candidates(missing);
  let result = names && await install(as, names);
  if (!result?.ok) { // an old list names versions that the mirror no longer has
    await update(as);
    names = await candidates(missing);
    if (!names) throw new Stop(`apt knows no package for: ${missing.map(part => part.what).join(', ')}. Its sources may lack Debian's main section.`);
    result = await install(as, names);
  }
  if (!result.ok) throw new Stop(`apt-get could not install ${names.join(' ')}:\n\n${result.text.trimEnd().split('\n').slice(-15).join('\n')}`);
}

/** The words before apt-get; undefined when there is no right to install. */
async function rights() {
  if (process.getuid() === 0) return ['env'];
  return (await quiet('sudo', ['-n', 'true'])).ok ? ['sudo', '-n', 'env'] : undefined;
}

function update(as) {
  return must(as[0], [...as.slice(1), 'apt-get', '-q', '-o', `DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`, 'update']);
}

function install(as, names) {
  say(`  apt-get install ${names.join(' ')}`);
  return quiet(as[0], [...as.slice(1), 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', `DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`,
    '-o', 'Dpkg::Use-Pty=0', 'install', '-y', '--no-install-recommends', ...names]);
}

/** Of each part's names the first that this release has; undefined when one has none. */
async function candidates(missing) {
  const { stdout } = await quiet('apt-cache', ['policy', ...new Set(missing.flatMap(part => part.packages))], { env: { ...process.env, LC_ALL: 'C' } });
  const known = new Set([...stdout.matchAll(/^(\S+):\n {2}Installed: .*\n {2}Candidate: (?!\(none\))/gm)].map(match => match[1]));
  const names = missing.map(part => part.packages.find(name => known.has(name)));
  return names.includes(undefined) ? undefined : [...new Set(names)];
}

function listsAreFresh() {
  try {
    const age = Date.now() - fs.statSync(LISTS).mtimeMs;
    return age < LISTS_FRESH_MS && fs.readdirSync(LISTS).some(file => file.includes('_Packages'));
  } catch { return false; }
}

function commandFor(missing) {
  const names = [...new Set(missing.map(part => part.packages.at(-1)))];
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(' ')}`;
}
