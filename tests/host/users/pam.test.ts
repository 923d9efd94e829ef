import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/* The machine's own PAM, real pamtester, and users that only a mount namespace has: nothing of this machine's lists is touched. */

const SERVICE = 'ac-test', PASSWORD = 'grüne "Wiese" $(id) 7', OLD = 'Sommer 1999';
const ROOM = path.resolve(import.meta.dirname, '../../../src/host/users/pam.ts');
const canMount = ((): boolean => { try { execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' }); return process.getuid?.() === 0; } catch { return false; } })();

let folder: string, answers: Readonly<Record<string, unknown>>;

/** By the C library's crypt, as the machine's own passwords are; every Debian has this perl. */
const hashOf = (password: string): string => execFileSync('perl', ['-e', 'my $password = <STDIN>; chomp $password; print crypt($password, q($6$aSaltOfTests$))'], { input: `${password}\n`, encoding: 'utf8' });
/** All questions in one process: a namespace each would cost more than they do. */
const QUESTIONS = `
const { createMachineUsers } = await import(${JSON.stringify(ROOM)});
const users = createMachineUsers(true), ask = (user, password, service = '${SERVICE}') => users.isPassword(service, user, password);
console.log(JSON.stringify({
  lacks: [users.lacks('${SERVICE}'), users.lacks('no-such-service'), users.lacks('../shadow'), createMachineUsers(false).lacks('${SERVICE}')],
  right: await ask('ac-anna', ${JSON.stringify(PASSWORD)}), wrong: await ask('ac-anna', ${JSON.stringify(`${PASSWORD} `)}), empty: await ask('ac-anna', ''),
  nobody: await ask('ac-nobody', ${JSON.stringify(PASSWORD)}), option: await ask('-v', ${JSON.stringify(PASSWORD)}), lines: await ask('ac-anna', ${JSON.stringify(`${PASSWORD}\n${PASSWORD}`)}),
  expired: await ask('ac-old', ${JSON.stringify(OLD)}), locked: await ask('ac-locked', ${JSON.stringify(OLD)}),
  anna: await users.find('ac-anna'), byIdentifier: await users.byIdentifier('u64001'), group: await users.find('ac-team'), groups: await users.groups('ac-anna'), unknown: await users.find('ac-nobody') ?? null,
}));`;

describe.skipIf(!canMount)('users of the machine', () => {
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pam-'));
    const list = (name: string, ...lines: string[]): void => { fs.writeFileSync(path.join(folder, name), `${fs.readFileSync(`/etc/${name}`, 'utf8').trimEnd()}\n${lines.join('\n')}\n`, { mode: 0o600 }); };
    const account = (name: string, id: number, words: string): string => `${name}:x:${id}:${id}:${words}:/nonexistent:/usr/sbin/nologin`;
    list('passwd', account('ac-anna', 64001, 'Anna Beispiel,Room 7'), account('ac-old', 64002, ''), account('ac-locked', 64003, ''));
    list('group', 'ac-anna:x:64001:', 'ac-team:x:64010:ac-anna');
    list('shadow', `ac-anna:${hashOf(PASSWORD)}:19000:0:99999:7:::`, `ac-old:${hashOf(OLD)}:19000:0:99999:7::19001:`, `ac-locked:!${hashOf(OLD)}:19000:0:99999:7:::`);
    fs.cpSync('/etc/pam.d', path.join(folder, 'pam.d'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'pam.d', SERVICE), 'auth required pam_unix.so nodelay\naccount required pam_unix.so\n');
    fs.writeFileSync(path.join(folder, 'ask.mts'), QUESTIONS);
    const mounts = ['passwd', 'group', 'shadow', 'pam.d'].map(name => `mount --bind ${path.join(folder, name)} /etc/${name}`).join(' && ');
    answers = JSON.parse(execFileSync('unshare', ['--mount', 'sh', '-c', `chmod 644 ${folder}/passwd ${folder}/group && ${mounts} && exec "$0" --import tsx ${folder}/ask.mts`, process.execPath], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })) as typeof answers;
  });
  afterAll(() => { fs.rmSync(folder, { recursive: true, force: true }); });

  it('come in with their password and no other', () => {
    expect(answers).toMatchObject({ right: true, wrong: false, empty: false, nobody: false, option: false, lines: false });
  });
  it('do not come in when their account has ended or is locked', () => { expect(answers).toMatchObject({ expired: false, locked: false }); });
  it('are known by name and number, with their groups', () => {
    const anna = { identifier: 'u64001', name: 'ac-anna', fullName: 'Anna Beispiel', isGroup: false };
    expect(answers).toMatchObject({ anna, byIdentifier: anna, group: { identifier: 'g64010', name: 'ac-team', fullName: '', isGroup: true }, groups: ['g64001', 'g64010'], unknown: null });
  });
  it('cannot be asked for where the service is none of PAM’s, or is not root', () => {
    expect(answers['lacks']).toEqual([null, expect.stringContaining('no-such-service'), expect.stringContaining('PAM has no service'), expect.stringContaining('root')]);
  });
});
