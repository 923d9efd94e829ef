import { existsSync } from 'node:fs';
import path from 'node:path';
import { filterThrough } from '../platform/filter-program';
import { findProgram } from '../platform/find-program';
import { runProgram } from '../platform/run-program';
import type { MachineSubject, MachineUsers } from './contract';

/* PAM by `pamtester`, a small program of Debian: no native module has to be built, and whatever the machine's PAM is set up for (files, LDAP, SSSD) counts. The password goes
 * through a pipe, never on a command line or into a file. */

const PAM_LIMIT_MS = 30_000;
const FOLDER = '/etc/pam.d';
/** What useradd takes, and longer: names of directories have points and at-signs. Never like an option. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,255}$/;

export const createMachineUsers = (isRoot: boolean): MachineUsers => ({
  lacks: service => {
    if (!isRoot) return 'this service does not run as root, and PAM checks for other programs no password but that of their own user';
    if (findProgram('pamtester') === undefined) return 'the program pamtester is not installed (Debian: apt-get install pamtester)';
    return NAME.test(service) && existsSync(path.join(FOLDER, service)) ? undefined : `PAM has no service ${service.slice(0, 100)}: there is no file of that name in ${FOLDER}`;
  },
  find: async name => await entry('passwd', name) ?? entry('group', name),
  byIdentifier: identifier => {
    const [, kind, id] = /^([ug])(\d{1,10})$/.exec(identifier) ?? [];
    return id === undefined ? Promise.resolve(undefined) : entry(kind === 'u' ? 'passwd' : 'group', id);
  },
  groups: async name => {
    if (!NAME.test(name)) return [];
    const { code, stdout } = await runProgram('id', ['-G', '--', name]);
    return code === 0 ? stdout.trim().split(/\s+/).map(gid => `g${gid}`) : [];
  },
  isPassword: (service, user, password) => (NAME.test(user) && !/[\0\r\n]/.test(password) ? ask(service, user, password) : Promise.resolve(false)),
});

/** A line of the machine's list, by name or number. */
const entry = async (list: 'passwd' | 'group', key: string): Promise<MachineSubject | undefined> => {
  if (!NAME.test(key)) return undefined;
  const { code, stdout } = await runProgram('getent', [list, '--', key]), [name = '', , id = '', , gecos = ''] = stdout.trimEnd().split(':');
  if (code !== 0 || !/^\d+$/.test(id)) return undefined;
  return list === 'passwd' ? { identifier: `u${id}`, name, fullName: gecos.split(',')[0] ?? '', isGroup: false } : { identifier: `g${id}`, name, fullName: '', isGroup: true };
};

/** Is the password right, and may the account be used (not expired, not locked)? */
const ask = (service: string, user: string, password: string): Promise<boolean> => new Promise((resolve, reject) => {
  const talk = filterThrough('pamtester', [service, user, 'authenticate', 'acct_mgmt']);
  const limit = setTimeout(() => { talk.destroy(); resolve(false); }, PAM_LIMIT_MS);
  const settle = (outcome: boolean): void => { clearTimeout(limit); resolve(outcome); };
  talk.resume().once('end', () => { settle(true); }).once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') { clearTimeout(limit); reject(error); } else settle(false);
  });
  talk.end(`${password}\n`);
});
