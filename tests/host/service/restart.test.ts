import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHost, type TestHost } from '../../fixtures/host';

/* The service comes and goes; what it manages stays. */

let host: TestHost;
beforeAll(async () => { host = await startHost(); });
afterAll(() => host?.dispose());

const run = async (args: readonly string[]): Promise<{ code: number | null; stderr: string }> => {
  const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '../../../out/host/main.js'), ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const [code] = await once(child, 'close') as [number | null];
  return { code, stderr };
};

describe('the service', () => {
  it('finds a running VM with its consoles after it was killed', async () => {
    const client = await host.connect();
    const vm = await client.newVm('survivor');
    await client.task('VM.start', vm, false, false);
    const before = await client.call('VM.get_record', vm);
    const pid = host.pidOf(before.uuid);
    await host.stop('SIGKILL');
    expect(host.pidOf(before.uuid)).toBe(pid);
    await host.start();
    const again = await host.connect();
    const after = await again.call('VM.get_record', vm);
    expect(after).toMatchObject({ power_state: 'Running', current_operations: {}, domid: before.domid });
    const locations = await Promise.all(after.consoles.map(console => again.call('console.get_location', console)));
    expect(locations).toHaveLength(2);
    for (const location of locations) expect(location).toContain(`:${host.port}/console`);
    const terminal = await again.openConsole({ ref: after.consoles[0]! });
    await once(terminal, 'data');
    terminal.destroy();

    // Ended while nobody looked: the next start says so.
    await host.stop();
    process.kill(pid!, 'SIGKILL');
    await host.start();
    const third = await host.connect();
    expect(await third.call('VM.get_record', vm)).toMatchObject({ power_state: 'Halted', consoles: [] });
    await third.task('VM.start', vm, false, false);
    await third.task('VM.hard_shutdown', vm);
  });

  it('stops in the middle of a start, and nothing is half there', async () => {
    const client = await host.connect();
    const vm = await client.newVm('interrupted');
    const { uuid } = await client.call('VM.get_record', vm);
    const starting = client.call('VM.start', vm, false, false).catch(() => { /* the service goes */ });
    await client.until('VM', vm, now => Object.keys(now?.current_operations ?? {}).length > 0 || now?.power_state === 'Running');
    expect(await host.stop()).toBe(0);
    await starting;
    const runs = host.pidOf(uuid) !== undefined;
    await host.start();
    const again = await host.connect();
    expect(await again.call('VM.get_record', vm)).toMatchObject({ power_state: runs ? 'Running' : 'Halted', current_operations: {} });
    expect(host.pidOf(uuid) !== undefined).toBe(runs);
    if (runs) await again.call('VM.hard_shutdown', vm);
    await again.call('VM.start', vm, false, false);
    await again.call('VM.hard_shutdown', vm);
  });

  it('takes away what was half made', async () => {
    const client = await host.connect();
    const vms = await client.call('VM.get_all');
    const [sr] = Object.values(await client.call('SR.get_all_records'));
    const folder = path.join(host.data, 'sr', sr!.uuid);
    const before = fs.readdirSync(folder).length;
    const template = await client.ref('VM', 'Tiny Linux');
    // Killed in the middle of many clones: whichever were answered are whole, of the others there is nothing.
    const answered = new Set<string>();
    const clones = Array.from({ length: 12 }, async (_, i) => client.call('VM.clone', template, `clone ${i}`).then(ref => { answered.add(ref); }, () => { /* the service is gone */ }));
    await Promise.race(clones);
    await host.stop('SIGKILL');
    await Promise.all(clones);
    await host.start();
    const again = await host.connect();
    const records = await again.call('VM.get_all_records');
    const made = Object.keys(records).filter(ref => !vms.includes(ref as never));
    for (const ref of answered) expect(made).toContain(ref);
    for (const ref of made) {
      const vdis = await Promise.all(records[ref]!.VBDs.map(vbd => again.call('VBD.get_VDI', vbd)));
      expect(vdis).toHaveLength(1);
      await again.call('VM.destroy', ref as never);
      await again.call('VDI.destroy', vdis[0]!);
    }
    expect(Object.values(await again.call('VDI.get_all_records')).filter(vdi => vdi.missing)).toEqual([]);
    expect(fs.readdirSync(folder).length).toBeLessThanOrEqual(before + 2); // the template's frozen base, once, with its words
  });

  it('keeps the template once, whatever happens', async () => {
    const client = await host.connect();
    const templates = Object.values(await client.call('VM.get_all_records')).filter(vm => vm.is_default_template && vm.VBDs.length > 0); // others are profiles, or not built yet
    expect(templates.map(vm => vm.name_label).sort()).toEqual(['Tiny Linux', 'Tiny Linux (BIOS boot)']);
    const [pool] = Object.values(await client.call('pool.get_all_records'));
    expect(await client.call('SR.get_name_label', pool!.default_SR)).toBe('Local storage');
  });

  it('says what is wrong with how it was started', async () => {
    expect(await run([])).toMatchObject({ code: 2, stderr: expect.stringMatching(/--data is missing[\s\S]*usage:/) as string });
    expect(await run(['--data', '/tmp/x', '--listen', 'nowhere'])).toMatchObject({ code: 2, stderr: expect.stringContaining('ADDRESS:PORT') as string });
    const second = await run(['--data', host.data, '--listen', '127.0.0.1:0']);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(/The host does not start: .*(in use|another)/i) as string });
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as net.AddressInfo;
    const busy = await run(['--data', path.join(host.folder, 'second'), '--listen', `127.0.0.1:${port}`]);
    taken.close();
    expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining(`cannot listen on 127.0.0.1:${port}: another program does`) as string });
    expect(busy.stderr.match(/password, shown only this once/g)).toHaveLength(1);
    const unreadable = await run(['--data', path.join(host.folder, 'third'), '--listen', '127.0.0.1:0', '--password-file', '/no/such/file']);
    expect(unreadable).toMatchObject({ code: 1, stderr: expect.stringContaining('password file cannot be read') as string });
  });

  it('keeps its secrets, and ends in time', async () => {
    const secrets = ['state.db', 'tls/tls-key.pem'].map(file => fs.statSync(path.join(host.data, file)).mode & 0o077);
    expect(secrets).toEqual([0, 0]);
    await host.connect();
    expect(await host.stop()).toBe(0);
    expect(host.log()).not.toContain(host.password);
    await host.start();
  });
});

describe('a service that takes its VMs with it', () => {
  it('shuts them down and removes its token', async () => {
    const folder = fs.mkdtempSync('/tmp/host-token-');
    const tokenFile = path.join(folder, 'token');
    const going = await startHost({ args: ['--stop-vms-on-exit', '--local-token-file', tokenFile] });
    try {
      expect(fs.statSync(tokenFile).mode & 0o777).toBe(0o600);
      const client = await going.connect();
      await client.call('session.login_with_password', 'root', fs.readFileSync(tokenFile, 'utf8').trim());
      const vm = await client.newVm('goes too');
      await client.task('VM.start', vm, false, false);
      const { uuid } = await client.call('VM.get_record', vm);
      expect(await going.stop()).toBe(0);
      expect(going.pidOf(uuid)).toBeUndefined();
      expect(fs.existsSync(tokenFile)).toBe(false);
    } finally {
      await going.dispose();
      fs.rmSync(folder, { recursive: true });
    }
  });
});
