/* Whole runs of xe against a peer on a real socket. */
import fs from 'node:fs';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { XeRuns } from '../../tests/fixtures/xe';
import type { XenapiPeer } from '../../tests/peers/xenapi-peer';
import { readKnownHosts, rememberHost } from '../client';
import { VERBS } from './verbs';

const runs = new XeRuns(), { started, xe, withVms, withTask, asyncCalls } = runs;
let peer: XenapiPeer, folder: string;
beforeEach(() => { ({ peer, folder } = runs); });
const knownFile = (): string => path.join(folder, 'administrator-console/known-hosts.json');
const known = (): Record<string, string> => Object.fromEntries([...readKnownHosts(knownFile())].map(([address, { fingerprint }]) => [address, fingerprint]));

describe('trust', () => {
  it('is given on first use with a notice, and kept', async () => {
    withVms();
    const first = await xe(['vm-list', '--minimal']);
    expect(first).toMatchObject({ code: 0, out: 'uuid-2,uuid-3,uuid-4,uuid-1\n' });
    expect(first.err).toContain(peer.fingerprint);
    expect(known()).toEqual({ [peer.addressText]: peer.fingerprint });
    expect((await xe(['vm-list', '--minimal'])).err).toBe('');
  });
  it('is refused loudly to a changed certificate, until its fingerprint is given', async () => {
    withVms();
    await xe(['vm-list']);
    const before = peer.fingerprint;
    await peer.changeCertificate();
    const logins = peer.logins.length;
    const { code, err, out } = await xe(['vm-list']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('IS NOT THE ONE');
    expect(err).toContain(before);
    expect(peer.logins).toHaveLength(logins);
    expect((await xe(['--fingerprint', peer.fingerprint, 'vm-list', '--minimal'])).code).toBe(0);
    expect(known()).toEqual({ [peer.addressText]: peer.fingerprint });
  });
  it('is given once only, if asked so', async () => {
    withVms();
    expect((await xe(['--no-remember', 'vm-list', '--minimal'])).err).toContain('this once');
    expect(fs.existsSync(path.join(folder, 'administrator-console'))).toBe(false);
  });
  it('comes with a profile that the console has written, too', async () => {
    withVms();
    rememberHost(knownFile(), peer.addressText, { fingerprint: peer.fingerprint, user: 'ada', lastUsed: '2026-02-01T00:00:00Z' });
    expect((await xe(['known-hosts'])).out).toBe(`${peer.addressText}\tada\t2026-02-01\t${peer.fingerprint}\n`);
    expect(await xe(['vm-list', '--minimal'])).toMatchObject({ code: 0, err: '' });
    expect(peer.logins.at(-1)).toBe('ada secret');
    await xe(['-u', 'root', 'vm-list', '--minimal']);
    expect(peer.logins.at(-1)).toBe('root secret');
  });
  it('is not begun anew over a damaged file', async () => {
    fs.mkdirSync(path.join(folder, 'administrator-console'));
    fs.writeFileSync(path.join(folder, 'administrator-console/known-hosts.json'), '{"hosts": {"a": 1}}');
    expect(await xe(['vm-list'])).toMatchObject({ code: 1, err: expect.stringContaining('is damaged') as string });
    expect(peer.logins).toEqual([]);
  });
});

it('shows states in colours on a terminal alone', async () => {
  withVms();
  const { out } = await xe(['vm-list', 'name-label=web', 'params=name-label,power-state'], { tty: true });
  expect(out).toContain('\u001b[32mrunning\u001b[0m');
  expect((await xe(['vm-list', 'name-label=web'])).out).not.toContain('\u001b');
  expect((await xe(['vm-start'], { tty: true })).err).toContain('\u001b[31mxe:\u001b[0m');
});

describe('failures', () => {
  it.each([
    [[]], [['vm-nonsense']], [['vm-start', 'nonsense=1']], [['vm-start']], [['vm-start', 'uuid=1', 'vm=2']], [['vm-list', 'nonsense=1']], [['vm-list', 'params=nonsense']], [['vm-list', 'name-label:x=1']],
    [['console', 'vm=web', 'timeout=never']], [['vm-uninstall', 'vm=db']],
  ])('of typing give exit code 2: %j', async argv => {
    withVms();
    const { code, err, out } = await xe(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/xe: .*"xe help" tells more/s);
  });
  it('of the host are told in words', async () => {
    withVms();
    withTask('VM.start', { status: 'failure', error_info: ['VM_BAD_POWER_STATE', 'r', 'halted', 'running'] });
    expect(await xe(['vm-start', 'uuid=uuid-1'])).toMatchObject({ code: 1, err: expect.stringContaining('the VM is running; it would have to be halted [VM_BAD_POWER_STATE]') as string });
    withTask('VM.start', { status: 'failure', error_info: ['VM_REQUIRES_SR', 'v', 's'] });
    expect((await xe(['vm-start', 'uuid=uuid-1'])).err).toContain('VM_REQUIRES_SR (vm: v, sr: s)');
  });
  it('to reach it, or to log in, are told too', async () => {
    fs.writeFileSync(path.join(folder, 'password'), 'wrong');
    expect(await xe(['vm-list'])).toMatchObject({ code: 1, err: expect.stringContaining('does not accept the password of root') as string });
    await peer.stop();
    expect(await xe(['vm-list'])).toMatchObject({ code: 1, err: expect.stringContaining('nobody listens there (ECONNREFUSED)') as string });
    expect(await started(['-pwf', '/nonexistent', 'vm-list']).ended).toMatchObject({ code: 1 });
    expect(await started(['vm-list']).ended).toMatchObject({ code: 2, err: expect.stringContaining('-pwf') as string });
  });
});

describe('passwords', () => {
  it('are asked for unseen', async () => {
    withVms();
    const run = await started(['-s', peer.addressText, 'vm-list', '--minimal'], { tty: true, input: (stdin, text) => { if (text().endsWith('root: ')) stdin.write('secrex\x7ft\r'); } }).ended;
    expect(run).toMatchObject({ code: 0, rawModes: [true, false] });
    expect(run.err).not.toContain('secret');
    expect(peer.logins).toEqual(['root secret']);
  });
  it('on the command line are warned of', async () => {
    withVms();
    expect((await started(['-s', peer.addressText, '-pw', 'secret', 'vm-list']).ended).err).toContain('warning');
  });
});

describe('vm-list', () => {
  beforeEach(withVms);
  it('prints as xe does, without templates', async () => {
    const { out } = await xe(['vm-list', 'name-label=web']);
    expect(out).toBe('uuid ( RO)           : uuid-1\n     name-label ( RW): web\n    power-state ( RO): running\n\n\n');
    expect((await xe(['vm-list'])).out).not.toContain('tiny');
  });
  it('filters, also by a key of a map', async () => {
    expect((await xe(['vm-list', 'power-state=halted', 'params=name-label', '--minimal'])).out).toBe('db,twin,twin\n');
    expect((await xe(['vm-list', 'other-config:owner=ann', '--minimal'])).out).toBe('uuid-1\n');
    expect((await xe(['vm-list', 'other-config:owner=bob', '--minimal'])).out).toBe('\n');
  });
  it('prints everything, and JSON', async () => {
    const { out } = await xe(['vm-list', 'name-label=web', 'params=all']);
    for (const line of ['other-config (MRW): owner: ann\n', ' VBDs (SRO): \n', ' resident-on ( RO): <not in database>\n', ' memory-static-max ( RW): 0\n']) expect(out).toContain(line);
    expect(JSON.parse((await xe(['vm-list', 'name-label=web', '--json', 'params=uuid,power-state'])).out)).toEqual([{ uuid: 'uuid-1', power_state: 'Running' }]);
    expect((JSON.parse((await xe(['vm-list', '--json'])).out) as unknown[])).toHaveLength(4);
  });
});

describe('verbs that change', () => {
  beforeEach(withVms);
  it.each([
    [['vm-start', 'vm=db'], 'VM.start', ['OpaqueRef:2', false, false]],
    [['vm-start', 'uuid=uuid-2', '--force'], 'VM.start', ['OpaqueRef:2', false, true]],
    [['vm-shutdown', 'vm=web'], 'VM.clean_shutdown', ['OpaqueRef:1']],
    [['vm-shutdown', 'vm=web', '--force'], 'VM.hard_shutdown', ['OpaqueRef:1']],
    [['vm-reboot', 'vm=web'], 'VM.clean_reboot', ['OpaqueRef:1']],
    [['vm-reboot', 'vm=web', '--force'], 'VM.hard_reboot', ['OpaqueRef:1']],
    [['vm-destroy', 'vm=uuid-2'], 'VM.destroy', ['OpaqueRef:2']],
  ])('%j', async (argv, method, params) => {
    withTask(method);
    expect(await xe(argv)).toMatchObject({ code: 0, out: '' });
    expect(asyncCalls).toEqual([[method, ...params]]);
    expect(peer.asked).toContain('task.destroy');
  });
  it('vm-clone prints the uuid of the copy', async () => {
    withTask('VM.clone', { status: 'success', result: '<value>OpaqueRef:new</value>' });
    expect(await xe(['vm-clone', 'vm=web', 'new-name-label=copy'])).toMatchObject({ code: 0, out: 'uuid of OpaqueRef:new\n' });
    expect(asyncCalls).toEqual([['VM.clone', 'OpaqueRef:1', 'copy']]);
  });
  it('take no name that two VMs have, and none that nobody has', async () => {
    expect(await xe(['vm-start', 'vm=twin'])).toMatchObject({ code: 1, err: expect.stringContaining('uuid-3, uuid-4') as string });
    expect(await xe(['vm-start', 'vm=nobody'])).toMatchObject({ code: 1, err: expect.stringContaining('there is no VM "nobody"') as string });
    expect(await xe(['vm-start', 'vm=tiny'])).toMatchObject({ code: 1, err: expect.stringContaining('there is no VM') as string });
  });
  it('show progress to a person only', async () => {
    withTask('VM.start', { status: 'success', progress: 1, result: '' });
    expect((await xe(['vm-start', 'vm=db'], { tty: true })).err).toContain('Starting 100 %');
    expect((await xe(['vm-start', 'vm=db'])).err).not.toContain('%');
  });
  it('stop waiting when they are told to', async () => {
    withTask('VM.start', { status: 'pending' });
    const controller = new AbortController();
    const run = xe(['vm-start', 'vm=db'], { signal: controller.signal });
    while (asyncCalls.length === 0) await new Promise(resolve => setImmediate(resolve));
    controller.abort();
    expect(await run).toMatchObject({ code: 1, err: expect.stringContaining('cancelled') as string });
  });
});

describe('vm-install and vm-uninstall', () => {
  beforeEach(() => {
    withVms();
    withTask('VM.clone', { status: 'success', result: '<value>OpaqueRef:new</value>' });
    for (const method of ['VM.provision', 'VM.destroy', 'VDI.destroy', 'VM.hard_shutdown']) withTask(method);
    peer.answer('VM.get_VBDs', () => ['b1', 'b2', 'b3', 'b4']);
    peer.answer('VBD.get_record', ([ref]) => ({
      b1: { type: 'Disk', mode: 'RW', VDI: 'own' }, b2: { type: 'CD', mode: 'RO', VDI: 'iso' }, b3: { type: 'Disk', mode: 'RW', VDI: 'shared' }, b4: { type: 'CD', mode: 'RO', VDI: 'OpaqueRef:NULL' },
    })[String(ref)]);
    peer.answer('VDI.get_record', ([ref]) => ({ uuid: `uuid of ${String(ref)}`, name_label: String(ref), VBDs: ref === 'own' ? ['b1'] : ['b3', 'elsewhere'] }));
  });
  const methods = (): unknown[] => asyncCalls.map(([method, ref]) => `${String(method)} ${String(ref)}`);

  it('make a VM from a template', async () => {
    expect(await xe(['vm-install', 'template=tiny', 'new-name-label=mine'])).toMatchObject({ code: 0, out: 'uuid of OpaqueRef:new\n' });
    expect(methods()).toEqual(['VM.clone OpaqueRef:t', 'VM.provision OpaqueRef:new']);
  });
  it('make several by a pattern, say which were not made, and hand over what only our hosts know', async () => {
    peer.answer('VM.get_uuid', ([ref]) => `uuid of ${String(ref)}`);
    expect(await xe(['vm-install', 'template=tiny', 'new-name-label=web-##', 'count=2'])).toMatchObject({ code: 0, out: 'uuid of OpaqueRef:new\nuuid of OpaqueRef:new\n' });
    expect(asyncCalls.filter(([method]) => method === 'VM.clone').map(call => call[2])).toEqual(['web-01', 'web-02']);
    peer.answer('host.get_all', () => ['OpaqueRef:h']);
    withTask('host.call_plugin', { status: 'success', result: '<value>{"vm":"u1","mode":"instant"}</value>' });
    fs.writeFileSync(path.join(folder, 'guest'), 'sesame\n');
    expect(await xe(['vm-install', 'template=tiny', 'name-label=db', 'memory=2GiB', `password-file=${path.join(folder, 'guest')}`, 'start=true'])).toMatchObject({ code: 0, out: 'u1\n' });
    expect(asyncCalls.at(-1)).toEqual(['host.call_plugin', 'OpaqueRef:h', 'administrator-console', 'vm_install', { template: 'uuid of OpaqueRef:t', name_label: 'db', memory: String(2 * 2 ** 30), password: 'sesame', start: 'true' }]);
    withTask('VM.clone', { status: 'failure', error_info: ['SR_FULL', '2', '1'] });
    expect(await xe(['vm-install', 'template=tiny', 'name-label=x', 'count=2'])).toMatchObject({ code: 1, err: expect.stringMatching(/x 1: the storage repository is full.*x 2: .*2 of 2 were not made: x 1, x 2/s) as string });
    for (const wrong of ['count=0', 'count=101', 'memory=much']) expect((await xe(['vm-install', 'template=tiny', 'name-label=x', wrong])).code).toBe(2);
    expect((await xe(['vm-install', 'template=tiny', 'name-label=x', 'count=2', 'hostname=x'])).code).toBe(2);
  });
  it('build a template', async () => {
    peer.answer('host.get_all', () => ['OpaqueRef:h']);
    withTask('host.call_plugin', { status: 'success', result: '<value>uuid-t</value>' });
    expect(await xe(['template-build', 'template=tiny'])).toMatchObject({ code: 0, out: 'uuid-t\n' });
    expect(asyncCalls.at(-1)).toEqual(['host.call_plugin', 'OpaqueRef:h', 'administrator-console', 'template_build', { template: 'uuid of OpaqueRef:t' }]);
  });
  it('leave nothing half-made', async () => {
    withTask('VM.provision', { status: 'failure', error_info: ['SR_FULL', '2', '1'] });
    expect(await xe(['vm-install', 'template=tiny', 'new-name-label=mine'])).toMatchObject({ code: 1, out: '', err: expect.stringContaining('[SR_FULL]') as string });
    expect(methods()).toEqual(['VM.clone OpaqueRef:t', 'VM.provision OpaqueRef:new', 'VM.destroy OpaqueRef:new', 'VDI.destroy own']);
  });
  it('delete a VM with its own disks, and stop it first if forced', async () => {
    expect((await xe(['vm-uninstall', 'vm=web', '--force'])).code).toBe(0);
    expect(methods()).toEqual(['VM.hard_shutdown OpaqueRef:1', 'VM.destroy OpaqueRef:1', 'VDI.destroy own']);
  });
  it.each([['yes', 0], ['no', 1]])('ask a person first: %s', async (answer, code) => {
    let answered = false;
    const run = await xe(['vm-uninstall', 'vm=db'], { tty: true, input: (stdin, text) => { if (!answered && text().includes('delete them: ')) { answered = true; stdin.write(`${answer}\n`); } } });
    expect(run.code).toBe(code);
    expect(run.err).toMatch(/uuid-2 {2}db\n.*uuid of own {2}own/);
    expect(methods()).toEqual(code === 0 ? ['VM.destroy OpaqueRef:2', 'VDI.destroy own'] : []);
  });
});

describe('CDs', () => {
  const SRS = { 'OpaqueRef:isos': { content_type: 'iso' }, 'OpaqueRef:disks': { content_type: 'user' } };
  const VDIS: Record<string, Record<string, unknown>> = {
    'OpaqueRef:a': { uuid: 'uuid-a', name_label: 'debian.iso', SR: 'OpaqueRef:isos', virtual_size: 7 }, 'OpaqueRef:b': { uuid: 'uuid-b', name_label: 'tools.iso', SR: 'OpaqueRef:isos' },
    'OpaqueRef:d': { uuid: 'uuid-d', name_label: 'disk', SR: 'OpaqueRef:disks' },
  };
  const VBDS: Record<string, Record<string, unknown>> = {
    'OpaqueRef:disk': { type: 'Disk', userdevice: '0', VDI: 'OpaqueRef:d', empty: false }, 'OpaqueRef:full': { uuid: 'uuid-full', type: 'CD', userdevice: '3', VDI: 'OpaqueRef:a', empty: false },
    'OpaqueRef:empty': { uuid: 'uuid-empty', type: 'CD', userdevice: '4', VDI: 'OpaqueRef:NULL', empty: true },
  };
  const calls: unknown[] = [];
  const withCds = (drives = Object.keys(VBDS)): void => {
    withVms();
    calls.length = 0;
    peer.answer('SR.get_all_records', () => SRS);
    peer.answer('VDI.get_all_records', () => VDIS);
    peer.answer('VDI.get_record', ([ref]) => VDIS[String(ref)]);
    peer.answer('VM.get_VBDs', () => drives);
    peer.answer('VBD.get_record', ([ref]) => VBDS[String(ref)]);
    peer.answer('VM.get_allowed_VBD_devices', () => ['1', '2', '3']);
    for (const method of ['VBD.create', 'VBD.destroy'] as const) peer.answer(method, params => { calls.push([method, ...params]); return ''; });
    for (const method of ['VBD.insert', 'VBD.eject']) withTask(method);
  };
  it('are listed: all of them, and those of a VM as XenServer shows them', async () => {
    withCds();
    expect(await xe(['cd-list', '--minimal'])).toMatchObject({ code: 0, out: 'uuid-a,uuid-b\n' });
    expect((await xe(['cd-list', 'name-label=tools.iso', 'params=name-label,uuid', '--minimal'])).out).toBe('tools.iso\n');
    const { out } = await xe(['vm-cd-list', 'vm=web']);
    expect(out.replace(/ +/g, ' ')).toBe('CD 0 VBD:\nuuid ( RO) : uuid-full\n empty ( RO): false\n userdevice ( RW): 3\n\n\nCD 0 VDI:\nuuid ( RO) : uuid-a\n name-label ( RW): debian.iso\n virtual-size ( RW): 7\n\n\nCD 1 VBD:\nuuid ( RO) : uuid-empty\n empty ( RO): true\n userdevice ( RW): 4\n\n\n');
    expect((await xe(['vm-cd-list', 'vm=web', '--minimal'])).out).toBe('uuid-a\n');
  });
  it('go in and out of the drive that is meant', async () => {
    withCds();
    expect(await xe(['vm-cd-insert', 'vm=web', 'cd-name=tools.iso'])).toMatchObject({ code: 0 });
    expect(await xe(['vm-cd-eject', 'vm=web'])).toMatchObject({ code: 0 });
    expect(asyncCalls).toEqual([['VBD.insert', 'OpaqueRef:empty', 'OpaqueRef:b'], ['VBD.eject', 'OpaqueRef:full']]);
    expect(await xe(['vm-cd-insert', 'vm=web', 'cd-name=none.iso'])).toMatchObject({ code: 1, err: expect.stringContaining('there is no CD "none.iso"') as string });
    expect(await xe(['vm-cd-eject', 'vm=web', 'device=4'])).toMatchObject({ code: 1, err: expect.stringContaining('no CD in a drive') as string });
    withCds(['OpaqueRef:disk']);
    expect(await xe(['vm-cd-insert', 'vm=web', 'cd-name=tools.iso'])).toMatchObject({ code: 1, err: expect.stringContaining('vm-cd-add') as string });
  });
  it('bring their drive along, and take it away', async () => {
    withCds();
    expect(await xe(['vm-cd-add', 'vm=web', 'cd-name=tools.iso'])).toMatchObject({ code: 0 });
    expect(await xe(['vm-cd-add', 'vm=web', 'cd-name=tools.iso', 'device=0'])).toMatchObject({ code: 1, err: expect.stringContaining('free are 1, 2, 3') as string });
    expect(await xe(['vm-cd-remove', 'vm=web', 'cd-name=debian.iso'])).toMatchObject({ code: 0 });
    expect(await xe(['vm-cd-remove', 'vm=web', 'cd-name=tools.iso'])).toMatchObject({ code: 1 });
    expect(calls).toEqual([['VBD.create', expect.objectContaining({ VDI: 'OpaqueRef:b', userdevice: '3', type: 'CD', mode: 'RO' })], ['VBD.destroy', 'OpaqueRef:full']]);
  });
  it('and network repositories are what a VM is installed from', async () => {
    withCds();
    peer.answer('host.get_all', () => ['OpaqueRef:host']);
    withTask('host.call_plugin', { status: 'success', progress: 1, result: '<value>{"vm":"u1"}</value>' });
    fs.writeFileSync(path.join(folder, 'preseed'), 'd-i answers\n');
    expect(await xe(['vm-install', 'template=tiny', 'name-label=a', 'cd-name=debian.iso', 'new-disk=8GiB', 'firmware=uefi'])).toMatchObject({ code: 0, out: 'u1\n' });
    expect(await xe(['vm-install', 'template=tiny', 'name-label=b', 'repo-url=http://m/debian', 'debian-release=bookworm', `seed-file=${path.join(folder, 'preseed')}`, 'start=true'])).toMatchObject({ code: 0 });
    expect(asyncCalls.map(call => call.at(-1))).toMatchObject([
      { name_label: 'a', cd: 'uuid-a', boot_order: 'cd', disks: '[{"size":8589934592}]', firmware: 'uefi' }, { name_label: 'b', repo_url: 'http://m/debian', repo_release: 'bookworm', repo_seed: 'd-i answers\n', start: 'true' },
    ]);
  });
});

describe('console', () => {
  beforeEach(() => {
    withVms();
    peer.answer('VM.get_consoles', ([ref]) => (ref === 'OpaqueRef:1' ? ['rfb', 'text'] : []));
    peer.answer('VM.get_resident_on', () => 'OpaqueRef:h');
    peer.answer('pool.get_all_records', () => ({ p: { master: 'OpaqueRef:h' } }));
    peer.answer('console.get_protocol', ([ref]) => (ref === 'text' ? 'vt100' : 'rfb'));
  });
  const guest = (stream: Duplex): void => { stream.write('login: '); stream.on('data', (bytes: Buffer) => { stream.write(`<${bytes.toString()}>`); }); };

  it('is the text console, raw, until Ctrl-]', async () => {
    peer.onConsole = guest;
    let step = 0;
    const run = await xe(['console', 'vm=web'], { tty: true, input: (stdin, text) => {
      if (step === 0 && text().includes('login: ')) { step = 1; stdin.write('root\x03'); }
      if (step === 1 && text().includes('<root\x03>')) { step = 2; stdin.write('bye\x1dnot sent'); }
    } });
    expect(run).toMatchObject({ code: 0, rawModes: [true, false] });
    expect(peer.consoleRequests.at(-1)?.url).toContain('ref=text');
  });
  it('is one end of a pipe, until the guest has written something', async () => {
    peer.onConsole = guest;
    const run = started(['-s', peer.addressText, '-pwf', path.join(folder, 'password'), 'console', 'vm=web', 'wait-for=<uname>']);
    run.stdin.end('uname');
    expect(await run.ended).toMatchObject({ code: 0, rawModes: [], out: 'login: <uname>' });
  });
  it('finds what comes in pieces', async () => {
    peer.onConsole = stream => { for (const piece of ['lo', 'g', 'in', ':']) stream.write(piece); };
    expect((await xe(['console', 'vm=web', 'wait-for=login:'])).code).toBe(0);
  });
  it('fails when the guest does not write it', async () => {
    peer.onConsole = stream => { stream.end('something else'); };
    expect(await xe(['console', 'vm=web', 'wait-for=login:'])).toMatchObject({ code: 1, out: 'something else' });
    peer.onConsole = () => undefined;
    expect(await xe(['console', 'vm=web', 'wait-for=login:', 'timeout=0.05'])).toMatchObject({ code: 1, err: expect.stringContaining('within 0.05 s') as string });
  });
  it('ends with the guest\'s, and not without one', async () => {
    peer.onConsole = stream => { stream.end('bye'); };
    expect(await xe(['console', 'vm=web'])).toMatchObject({ code: 0, out: 'bye' });
    expect(await xe(['console', 'vm=db'])).toMatchObject({ code: 1, err: expect.stringContaining('this VM is halted') as string });
  });
});

describe('help', () => {
  it('is made from the verbs, without a host', async () => {
    const { code, out } = await started(['help']).ended;
    expect(code).toBe(0);
    for (const { name, summary } of VERBS) expect(out).toMatch(new RegExp(`${name} +${summary.slice(0, 20)}`));
    for (const { name, parameters } of VERBS) {
      const help = (await started(['help', name]).ended).out;
      for (const parameter of parameters) expect(help).toContain(`${parameter.name}${parameter.keys ? ':KEY' : ''}=`);
    }
    expect((await started(['vm-start', '--help']).ended).out).toMatch(/^vm-start:/);
    expect((await started(['help', 'nonsense']).ended).code).toBe(2);
  });
});
