/* The built xe as a process of its own, against a real host: one VM's life from the template to its end. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHost, TINY_LINUX, type TestHost } from '../fixtures/host';
import { developmentLicence } from '../fixtures/licence';

const ROOT = path.resolve(import.meta.dirname, '../..');
let host: TestHost;
beforeAll(async () => {
  execFileSync(process.execPath, [path.join(ROOT, 'tests/fixtures/build-cli.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
  host = await startHost({ args: ['--accept-development-licences'] });
});
afterAll(async () => { await host.dispose(); });

const xe = async (argv: string[], input = ''): Promise<{ code: number | null; out: string; err: string }> => {
  const child = spawn(process.execPath, [path.join(ROOT, 'out/cli/main.js'), '-s', `127.0.0.1:${host.port}`, '-u', 'root', '-pwf', host.passwordFile, ...argv],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, XDG_CONFIG_HOME: host.folder } });
  let out = '', err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text; });
  child.stdin.on('error', () => { /* it needed no input */ }).end(input);
  const [code] = await once(child, 'close') as [number | null];
  return { code, out, err };
};

describe('xe', () => {
  let uuid = '';
  it('trusts the host on first use, and finds no VM', async () => {
    const first = await xe(['vm-list', '--minimal']);
    expect(first).toMatchObject({ code: 0, out: '\n', err: expect.stringContaining(host.fingerprint) as string });
    expect(await xe(['vm-list', '--minimal'])).toEqual({ code: 0, out: '\n', err: '' });
  });
  it('makes a user, sees who is logged in, and checks the audit log', async () => {
    const secret = path.join(host.folder, 'annas');
    fs.writeFileSync(secret, 'annas secret\n');
    const anna = (...argv: string[]): ReturnType<typeof xe> => xe(['-u', 'anna', '-pwf', secret, ...argv]);
    const { out } = await xe(['user-add', 'name=anna', 'role=read-only', `password-file=${secret}`]);
    expect((await xe(['role-list', '--minimal'])).out.split(',')).toHaveLength(6);
    expect(await anna('vm-list', '--minimal')).toMatchObject({ code: 0, out: '\n' });
    expect(await anna('template-list', '--minimal')).toMatchObject({ code: 0 });
    expect(await anna('network-create', 'name-label=x')).toMatchObject({ code: 1, err: expect.stringContaining('[RBAC_PERMISSION_DENIED]') as string });
    expect((await xe(['subject-role-add', `uuid=${out.trim()}`, 'role-name=pool-operator'])).code).toBe(0);
    expect((await anna('session-list')).out).toMatch(/anna \(pool-operator\) this one\n {4}from 127\.0\.0\.1/);
    expect((await xe(['subject-list', '--minimal'])).out).toBe(out);
    const log = path.join(host.folder, 'audit.log');
    expect((await xe(['audit-log-get', `filename=${log}`])).code).toBe(0);
    expect((await xe(['audit-log-verify', `filename=${log}`])).out).toMatch(/^\d+ lines, 1 to \d+, are whole/);
    expect((await xe(['audit-log-verify'])).code).toBe(0);
    fs.writeFileSync(log, fs.readFileSync(log, 'utf8').replace('"anna"', '"otto"'));
    expect(await xe(['audit-log-verify', `filename=${log}`])).toMatchObject({ code: 1, err: expect.stringContaining('the chain is broken at line') as string });
    expect((await xe(['user-remove', 'name=anna'])).code).toBe(0);
    expect((await xe(['subject-list', '--minimal'])).out).toBe('\n');
  });
  it('installs a VM from the template', async () => {
    const { code, out } = await xe(['vm-install', `template=${TINY_LINUX}`, 'new-name-label=one']);
    expect(code).toBe(0);
    uuid = out.trim();
    expect((await xe(['vm-list', 'name-label=one'])).out).toBe(`uuid ( RO)           : ${uuid}\n     name-label ( RW): one\n    power-state ( RO): halted\n\n\n`);
  });
  it('starts it, reads its console and types a command', async () => {
    expect(await xe(['vm-start', 'vm=one'])).toMatchObject({ code: 0, err: '' });
    expect((await xe(['vm-list', 'power-state=running', '--minimal'])).out).toBe(`${uuid}\n`);
    expect(await xe(['console', `uuid=${uuid}`, 'wait-for=tiny# ', 'timeout=90'])).toMatchObject({ code: 0, out: expect.stringContaining('Tiny Linux') as string });
    // The answer differs from what is typed, so that the echo is not taken for it.
    expect(await xe(['console', 'vm=one', 'wait-for=answer=42', 'timeout=60'], 'echo answer=$((6*7))\n')).toMatchObject({ code: 0 });
  });
  it('gives the host another edition while the VM runs; a power cut changes nothing of it', async () => {
    const file = path.join(host.folder, 'licence.json'), pid = host.pidOf(uuid);
    fs.writeFileSync(file, developmentLicence({ edition: 'server', serial: 'S-1' }));
    expect(await xe(['host-license-add', `license-file=${file}`])).toMatchObject({ code: 0, err: '' });
    expect((await xe(['host-param-get', 'param-name=edition', `uuid=${(await xe(['host-list', '--minimal'])).out.trim()}`])).out).toBe('server\n');
    expect(await xe(['vm-install', `template=${TINY_LINUX}`, 'new-name-label=two'])).toMatchObject({ code: 1, err: expect.stringContaining('[LICENCE_RESTRICTION]') as string });
    await host.stop('SIGKILL');
    await host.start();
    expect((await xe(['host-license-view'])).out).toMatch(/ edition: server\n[^]* serialnumber: S-1\n/);
    fs.writeFileSync(file, developmentLicence({ edition: 'server', serial: 'S-2' }).replace('"server"', '"enterprise"'));
    expect(await xe(['host-license-add', `license-file=${file}`])).toMatchObject({ code: 1, err: expect.stringContaining('the file was changed') as string });
    expect((await xe(['pool-get-license-state'])).out).toBe('edition: server\nexpiry: never\n');
    expect((await xe(['host-apply-edition', 'edition=express'])).code).toBe(0);
    expect((await xe(['host-license-remove'])).code).toBe(0);
    expect((await xe(['pool-get-license-state'])).out).toBe('edition: express\nexpiry: never\n');
    expect((await xe(['vm-list', 'power-state=running', '--minimal'])).out).toBe(`${uuid}\n`);
    expect(host.pidOf(uuid)).toBe(pid);
  });
  it('tells what cannot be done, in words', async () => {
    expect(await xe(['vm-start', 'vm=one'])).toMatchObject({ code: 1, out: '', err: expect.stringContaining('[VM_BAD_POWER_STATE]') as string });
    expect(await xe(['vm-destroy', 'vm=one'])).toMatchObject({ code: 1 });
    expect(await xe(['vm-start', 'uuid=00000000-0000-0000-0000-000000000000'])).toMatchObject({ code: 1, err: expect.stringContaining('[UUID_INVALID]') as string });
    expect(await xe(['vm-nonsense'])).toMatchObject({ code: 2 });
    fs.writeFileSync(path.join(host.folder, 'wrong'), 'wrong');
    expect(await xe(['-pwf', path.join(host.folder, 'wrong'), 'vm-list'])).toMatchObject({ code: 1, err: expect.stringContaining('[SESSION_AUTHENTICATION_FAILED]') as string });
  });
  it('reboots and shuts it down cleanly', async () => {
    expect(await xe(['vm-reboot', 'vm=one'])).toMatchObject({ code: 0 });
    expect(await xe(['console', 'vm=one', 'wait-for=tiny# ', 'timeout=90'])).toMatchObject({ code: 0 });
    expect(await xe(['vm-shutdown', 'vm=one'])).toMatchObject({ code: 0 });
    expect((await xe(['vm-list', 'uuid=' + uuid, 'params=power-state', '--minimal'])).out).toBe('halted\n');
    expect(await xe(['console', 'vm=one'])).toMatchObject({ code: 1, err: expect.stringContaining('this VM is halted') as string });
  });
  it('makes storage and a disk, changes them, and takes them away again', async () => {
    const done = async (...argv: string[]): Promise<string> => {
      const { code, out, err } = await xe(argv);
      expect([argv, code, err]).toEqual([argv, 0, '']);
      return out.trim();
    };
    fs.mkdirSync(path.join(host.folder, 'more'));
    const sr = await done('sr-create', 'name-label=more', 'type=dir', `device-config:location=${path.join(host.folder, 'more')}`);
    expect(await done('pbd-list', `sr-uuid=${sr}`, 'params=currently-attached', '--minimal')).toBe('true');
    const vdi = await done('vdi-create', 'name-label=data', 'sr-uuid=more', 'virtual-size=16MiB'), vbd = await done('vbd-create', `vm-uuid=${uuid}`, `vdi-uuid=${vdi}`);
    expect(await done('vbd-list', `vdi-uuid=${vdi}`, 'params=vm-name-label', '--minimal')).toBe('one');
    await done('vdi-resize', `uuid=${vdi}`, 'disk-size=32MiB');
    expect(await done('vdi-param-get', `uuid=${vdi}`, 'param-name=virtual-size')).toBe(String(32 * 2 ** 20));
    await done('vm-param-set', `uuid=${uuid}`, 'name-description=changed', 'other-config:owner=ann');
    await done('vm-param-add', `uuid=${uuid}`, 'param-name=tags', 'param-key=night');
    expect(await done('vm-list', 'tags:contains=night', 'other-config:owner=ann', 'name-description=changed', '--minimal')).toBe(uuid);
    const snapshot = await done('vm-snapshot', 'vm=one', 'new-name-label=before');
    expect(await done('snapshot-list', `snapshot-of=${uuid}`, '--minimal')).toBe(snapshot);
    await done('snapshot-uninstall', `snapshot-uuid=${snapshot}`, '--force');
    expect(await xe(['sr-destroy', 'uuid=more'])).toMatchObject({ code: 2, err: expect.stringContaining('sr-forget keeps it') as string });
    for (const argv of [['vbd-destroy', `uuid=${vbd}`], ['vdi-destroy', `uuid=${vdi}`], ['pbd-unplug', `uuid=${await done('pbd-list', `sr-uuid=${sr}`, '--minimal')}`], ['sr-forget', `uuid=${sr}`]]) await done(...argv);
    expect(await xe(['sr-scan', 'uuid=more'])).toMatchObject({ code: 1, err: expect.stringContaining('there is no storage repository "more"') as string });
  });
  it('clones it, and leaves nothing behind', async () => {
    expect(await xe(['vm-clone', 'vm=one', 'new-name-label=two'])).toMatchObject({ code: 0 });
    expect(await xe(['vm-start', 'vm=two', '--force'])).toMatchObject({ code: 0 });
    const client = await host.connect();
    const disksBefore = (await client.call('VDI.get_all')).length;
    expect(await xe(['vm-uninstall', 'vm=two', '--force'])).toMatchObject({ code: 0 });
    expect(await xe(['vm-uninstall', 'vm=one', '--force'])).toMatchObject({ code: 0 });
    expect((await xe(['vm-list', '--minimal'])).out).toBe('\n');
    expect((await client.call('VDI.get_all')).length).toBe(disksBefore - 2);
    expect(await client.call('task.get_all')).toEqual([]);
  });
  it('does not talk to a host that is another', async () => {
    const known = path.join(host.folder, 'administrator-console/known-hosts.json');
    fs.writeFileSync(known, JSON.stringify({ hosts: { [`127.0.0.1:${host.port}`]: Array.from({ length: 32 }, () => 'AB').join(':') } }));
    expect(await xe(['vm-list'])).toMatchObject({ code: 1, out: '', err: expect.stringContaining('IS NOT THE ONE') as string });
  });
});
