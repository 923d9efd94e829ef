/* An installation from a network repository, as New VM asks for it (docs/install.md): the host fetches the installer, checks it, and starts the VM with it once. */

export interface RepositoryForm {
  url: string;
  /** Empty: the host finds out. */
  distro: '' | 'debianlike' | 'rhlike';
  release: string; args: string;
  /** PEM, of a CA of one's own. */
  ca: string;
  /** Who answers the installer's questions: a form, a file of one's own, or a person at its console. */
  answers: 'form' | 'file' | 'person';
  seed: string;
  hostname: string; rootPassword: string; user: string; userPassword: string; sshKeys: string; disk: 'whole' | 'lvm'; packages: string;
}
export const NO_REPOSITORY: RepositoryForm = { url: '', distro: '', release: '', args: '', ca: '', answers: 'form', seed: '', hostname: '', rootPassword: '', user: '', userPassword: '', sshKeys: '', disk: 'whole', packages: '' };

/** Of the wizard's value, what this is about. */
interface Wanted { source: string; repository: RepositoryForm; disks: readonly unknown[] }
export type RepositoryProblem = 'url' | 'disks' | 'seed' | 'rootPassword' | 'installHostname' | 'installUser';

export const repositoryProblems = ({ source, repository, disks }: Wanted, hasDisk: boolean): Partial<Record<RepositoryProblem, string>> => {
  if (source !== 'repository') return {};
  const problems: Partial<Record<RepositoryProblem, string>> = {}, { url, answers, seed, rootPassword, user, userPassword, sshKeys, hostname } = repository;
  if (!isUrl(url)) problems.url = 'Write an address that begins with https:// or http://.';
  if (!hasDisk && disks.length === 0) problems.disks = 'It is installed on a disk: add one.';
  if (answers === 'file' && seed.trim() === '') problems.seed = 'Put the file in here.';
  if (answers !== 'form') return problems;
  if (hostname.trim() !== '' && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(hostname.trim())) problems.installHostname = 'Letters, digits and hyphens.';
  if (user.trim() !== '' && !/^[a-z_][a-z0-9_-]{0,31}$/.test(user.trim())) problems.installUser = 'Small letters, digits, - and _; the first a letter.';
  else if (user.trim() !== '' && userPassword === '' && sshKeys.trim() === '') problems.installUser = 'Give the user a password or an SSH key.';
  if (rootPassword === '' && user.trim() === '' && sshKeys.trim() === '') problems.rootPassword = 'Somebody has to be able to log in: a password, a user, or an SSH key.';
  return problems;
};
const isUrl = (text: string): boolean => { try { return ['http:', 'https:'].includes(new URL(text.trim()).protocol); } catch { return false; } };

const lines = (text: string): string[] => text.split(/\r?\n/).map(line => line.trim()).filter(line => line !== '');

/** The words of `vm_install`. @param several each is called as its VM */
export const repositoryArguments = ({ source, repository }: Wanted, vmName: string, several: boolean): Readonly<Record<string, string>> => {
  if (source !== 'repository') return {};
  const { url, distro, release, args, ca, answers, seed, hostname, rootPassword, user, userPassword, sshKeys, disk, packages } = repository;
  const form = {
    hostname: !several && hostname.trim() !== '' ? hostname.trim() : hostNameOf(vmName), disk, ...(rootPassword !== '' && { rootPassword }),
    ...(user.trim() !== '' && { user: { name: user.trim(), ...(userPassword !== '' && { password: userPassword }) } }), ...(sshKeys.trim() !== '' && { sshKeys: lines(sshKeys) }), ...(packages.trim() !== '' && { packages: packages.trim().split(/[\s,]+/) }),
  };
  return { repo_url: url.trim(), repo_distro: distro, repo_release: release.trim(), repo_args: args.trim(), repo_ca: ca.trim(), repo_seed: answers === 'file' ? seed : '', repo_form: answers === 'form' ? JSON.stringify(form) : '' };
};
const HOST_NAME_MAX_CHARS = 63;
const hostNameOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, HOST_NAME_MAX_CHARS).replace(/^-+|-+$/g, '') || 'vm';

/** For eyes: never with a password in it. */
export const hideSecrets = (args: Readonly<Record<string, string>>): Record<string, string> => ({
  ...args, ...(args['password'] !== undefined && { password: '…' }), ...(args['repo_seed'] !== undefined && { repo_seed: '…' }),
  ...(args['repo_form'] !== undefined && { repo_form: args['repo_form'].replace(/"(rootPassword|password)":"(?:[^"\\]|\\.)*"/g, '"$1":"…"') }),
});

/** What `install_look` has found, in sentences; what nobody could vouch for is apart. */
export const readLook = (text: string): { found: string; unchecked: readonly string[] } => {
  const said = JSON.parse(text) as Record<string, unknown>, words = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : typeof value === 'string' && value !== '' ? [value] : []);
  return { found: [...words(said['name']), ...words(said['checked'])].join('; '), unchecked: words(said['unchecked']) };
};
