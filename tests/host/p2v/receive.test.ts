import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Records, Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { runAgent, startCable, type Agent, type Cable } from '../../fixtures/p2v';

/* A "physical machine" that is an image file: the agent of the boot medium, run here, brings it into a real host. */

const MIB = 1024 * 1024, PART_MIB = 120;

let folder: string, disk: string, second: string, host: TestHost, client: TestClient;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'p2v-'));
  disk = installedDisk('sda', 'Old Linux 7');
  second = path.join(folder, 'sdb');
  fs.writeFileSync(second, 'data without a table');
  fs.truncateSync(second, 9 * MIB + 512);
  host = await startHost();
  client = await host.connect();
});
afterAll(async () => {
  for (const each of cables) each.cut();
  await host.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A partition with a file system made by mke2fs; something in it, and something deleted that must not travel. */
const installedDisk = (name: string, os_: string): string => {
  const root = path.join(folder, `${name}-root`), part = path.join(folder, `${name}-part`), image = path.join(folder, name);
  for (const each of ['etc', 'usr/lib', 'var']) fs.mkdirSync(path.join(root, each), { recursive: true });
  fs.writeFileSync(path.join(root, 'usr/lib/os-release'), `PRETTY_NAME="${os_}"\n`);
  fs.symlinkSync('../usr/lib/os-release', path.join(root, 'etc/os-release'));
  fs.writeFileSync(path.join(root, 'etc/fstab'), '/dev/sda1 / ext4 defaults 0 1\n');
  fs.writeFileSync(path.join(root, 'etc/hostname'), 'oldbox\n');
  for (let i = 0; i < 22; i++) fs.writeFileSync(path.join(root, 'var', `data${i}`), randomBytes(2 * MIB));
  fs.truncateSync((fs.writeFileSync(part, ''), part), PART_MIB * MIB);
  execFileSync('/usr/sbin/mke2fs', ['-q', '-t', 'ext4', '-d', root, part]);
  fs.writeFileSync(image, '');
  fs.truncateSync(image, (PART_MIB + 2) * MIB);
  execFileSync('/usr/sbin/sfdisk', ['-q', image], { input: '2048,' + String(PART_MIB * 2048) + ',83,*\n' });
  execFileSync('dd', [`if=${part}`, `of=${image}`, 'bs=1M', 'seek=1', 'conv=notrunc', 'status=none']);
  const garbage = fs.openSync(image, 'r+'); // in blocks that nobody uses
  fs.writeSync(garbage, Buffer.alloc(2 * MIB, 'old secret'), 0, 2 * MIB, (PART_MIB - 2) * MIB);
  fs.closeSync(garbage);
  return image;
};

const agent = (...words: readonly string[]): Agent => agentBy(host.port, ...words);
const agentBy = (port: number, ...words: readonly string[]): Agent => runAgent(host, port, ...words);
const cables: Cable[] = [];
const cable = async (bytes: number): Promise<Cable> => { const made = await startCable(host.port, bytes); cables.push(made); return made; };

const plugin = async (fn: string, args: Readonly<Record<string, string>>): Promise<string> => client.call('host.call_plugin', (await client.call('host.get_all'))[0]!, 'administrator-console', fn, args);
const codeFor = async (name: string): Promise<string> => (JSON.parse(await plugin('p2v_code', { name })) as { code: string }).code;
const vmNamed = async (name: string): Promise<Ref<'VM'>> => client.ref('VM', name);
const vdisOf = async (vm: Ref<'VM'>): Promise<Records['VDI'][]> => {
  const vbds = await Promise.all((await client.call('VM.get_VBDs', vm)).map(vbd => client.call('VBD.get_record', vbd)));
  return Promise.all(vbds.sort((a, b) => Number(a.userdevice) - Number(b.userdevice)).map(vbd => client.call('VDI.get_record', vbd.VDI)));
};
const rawOf = (uuid: string): Buffer => {
  const image = fs.readdirSync(path.join(host.data, 'sr'), { recursive: true, encoding: 'utf8' }).find(name => name.includes(`${uuid}.qcow2`))!, raw = path.join(folder, 'raw');
  execFileSync('qemu-img', ['convert', '-O', 'raw', path.join(host.data, 'sr', image), raw]);
  return fs.readFileSync(raw);
};
const count = async (): Promise<{ vms: number; vdis: number }> => ({ vms: Object.keys(await client.call('VM.get_all_records')).length, vdis: Object.keys(await client.call('VDI.get_all_records')).length });

/** What the guest reads: free blocks may be anything, so the file system is asked. */
const sameContent = (raw: Buffer, image: string): void => {
  const copy = path.join(folder, 'copy');
  fs.writeFileSync(copy, raw.subarray(MIB, MIB + PART_MIB * MIB));
  execFileSync('/usr/sbin/e2fsck', ['-fn', copy]);
  const dump = (file: string, offset: number): string => createHash('sha256').update(execFileSync('/usr/sbin/debugfs', ['-R', 'rdump / ' + mkdir(`dump-${offset}`), offset === 0 ? file : `${file}?offset=${offset}`], { stdio: ['ignore', 'pipe', 'ignore'] })).update(treeOf(path.join(folder, `dump-${offset}`))).digest('hex');
  expect(dump(copy, 0)).toBe(dump(image, MIB));
};
const mkdir = (name: string): string => { const made = path.join(folder, name); fs.rmSync(made, { recursive: true, force: true }); fs.mkdirSync(made); return made; };
const treeOf = (root: string): string => (fs.readdirSync(root, { recursive: true, encoding: 'utf8' })).sort()
  .map(name => { const stat = fs.lstatSync(path.join(root, name)); return `${name} ${stat.isFile() ? createHash('sha256').update(fs.readFileSync(path.join(root, name))).digest('hex') : stat.mode}`; }).join('\n');

describe('a physical machine', () => {
  it('comes with a one-time code: found, brought in, made a VM of its size', async () => {
    const before = await count(), code = await codeFor('the old box'), run = agent(`code=${code}`, `disk=${disk},${second}`, 'take=all', 'name=old box');
    expect(await run.code, run.said()).toBe(0);
    expect(run.said()).toMatch(/1\. Old Linux 7, on sda1 \(disks: sda\)/);
    const vm = await vmNamed('old box');
    await client.until('VM', vm, record => record?.other_config['p2v'] === 'unfixed'); // no boot medium was built on this host
    const record = await client.call('VM.get_record', vm), [first, other] = await vdisOf(vm);
    expect(record.other_config['p2v-words']).toContain('boot medium');
    expect(record).toMatchObject({ power_state: 'Halted', HVM_boot_policy: 'BIOS order', PV_kernel: '', blocked_operations: {}, VCPUs_max: os.cpus().length });
    expect(record.memory_static_max).toBeGreaterThan(os.totalmem() * 0.9);
    sameContent(rawOf(first!.uuid), disk);
    expect(rawOf(first!.uuid).includes('old secret')).toBe(false);
    expect(rawOf(other!.uuid).subarray(0, 20).toString()).toBe('data without a table');
    expect(await count()).toEqual({ vms: before.vms + 1, vdis: before.vdis + 2 });
    // The code was for this once, and its session for this transfer alone.
    const again = agent(`code=${code}`, `disk=${disk}`, 'name=thief');
    expect(await again.code).toBe(1);
    expect(again.said()).toContain('SESSION_AUTHENTICATION_FAILED');
    const [id = '', secret = ''] = code.split('-'), user = `code ${id}`, told = (JSON.parse(await plugin('audit_log', { count: '100' })) as string[]).filter(line => line.includes('"http/post_p2v"'));
    expect(told.map(line => JSON.parse(line) as unknown)).toMatchObject([
      { phase: 'begun', user, args: { step: 'open', name: 'old box' } }, { phase: 'ended', user, result: 'ok' }, { phase: 'begun', args: { step: 'finish' } }, { phase: 'ended', result: 'ok' },
      { phase: 'begun', user, args: { step: 'open', name: 'thief' } }, { phase: 'ended', user, result: expect.arrayContaining(['SESSION_AUTHENTICATION_FAILED']) as string[] },
    ]);
    expect(told.join()).not.toContain(secret);
  });

  it('goes on after the service was killed, with what is there already', async () => {
    const before = await count(), line = await cable(42 * MIB);
    const run = agentBy(line.port, 'user=root', `password=${host.password}`, `disk=${disk}`, 'name=cut off');
    await run.until('P2V-OPENED');
    const vm = await vmNamed('cut off');
    await client.until('VM', vm, record => Number(record?.other_config['p2v-done'] ?? 0) > 0);
    await expect(client.call('VM.start', vm, false, false)).rejects.toMatchObject({ code: 'OPERATION_BLOCKED' });
    await expect(client.call('VM.destroy', vm)).rejects.toMatchObject({ code: 'OPERATION_BLOCKED' });
    await host.stop('SIGKILL');
    await host.start();
    await client.close();
    client = await host.connect();
    line.mend();
    expect(await run.code, run.said()).toBe(0);
    expect(run.said()).toMatch(/The host is silent[^]* parts of sda are there already/);
    await client.until('VM', vm, record => record?.other_config['p2v'] === 'unfixed');
    sameContent(rawOf((await vdisOf(vm))[0]!.uuid), disk);
    expect(await count()).toEqual({ vms: before.vms + 1, vdis: before.vdis + 1 });
  });

  it('that comes back goes on where it was; one that is called off leaves nothing', async () => {
    const before = await count(), line = await cable(42 * MIB);
    const run = agentBy(line.port, 'user=root', `password=${host.password}`, `disk=${disk}`, 'name=called off');
    await run.until('P2V-OPENED');
    const vm = await vmNamed('called off'), uuid = await client.call('VM.get_uuid', vm);
    await client.until('VM', vm, record => Number(record?.other_config['p2v-done'] ?? 0) > 0);
    run.child.kill('SIGKILL');
    await run.code;
    // The same machine, started again, with a code this time.
    const code = await codeFor('back'), back = agentBy((await cable(3 * MIB)).port, `code=${code}`, `disk=${disk}`, 'name=called off');
    await back.until('P2V-OPENED');
    expect(await client.call('VM.get_by_name_label', 'called off')).toEqual([vm]);
    expect((await client.call('VM.get_other_config', vm))['p2v-code']).toBe(code.split('-')[0]);
    await back.until('are there already');
    back.child.kill('SIGKILL');
    await back.code;
    await plugin('p2v_call_off', { vm: uuid });
    expect(await count()).toEqual(before);
    await expect(plugin('p2v_call_off', { vm: uuid })).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
  });
});

describe('the receiver', () => {
  const ask = (method: string, at: string, headers: Record<string, string> = {}, body = Buffer.alloc(0)): Promise<{ status: number; text: string }> => new Promise((resolve, reject) => {
    const request = https.request(`${host.url}/p2v/${at}`, { method, rejectUnauthorized: false, headers: { ...headers, 'content-length': body.length } }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => { text += more; }).on('end', () => { resolve({ status: response.statusCode ?? 0, text }); });
    });
    request.on('error', reject).end(body);
  });
  const description = { name: 'crafted', identity: 'x', model: '', firmware: 'bios', memoryBytes: 1, vcpus: 1, nics: [{ name: 'eth0', mac: '52:54:00:00:00:01' }], disks: [{ name: 'sda', sizeBytes: 5 * MIB, usedBytes: 5 }], systems: [] };
  const open = async (given: object): Promise<{ status: number; text: string }> => ask('POST', 'transfers', { authorization: `Code ${await codeFor('crafted')}` }, Buffer.from(JSON.stringify(given)));
  const chunk = Buffer.alloc(4 * MIB, 'x'), sha = createHash('sha256').update(chunk).digest('hex');

  it('takes nothing that is not right, and gives the token no other rights', async () => {
    const before = await count();
    for (const wrong of [{ name: '' }, { disks: [] }, { disks: [{ name: 'a', sizeBytes: -1, usedBytes: 0 }] }, { disks: [{ name: 'a', sizeBytes: 2 ** 50, usedBytes: 2 ** 49 }] }, { firmware: 'coreboot' }, { vcpus: 'many' }, { nics: 7 }]) {
      expect((await open({ ...description, ...wrong })).status, JSON.stringify(wrong)).toBe(400);
    }
    expect((await open({ ...description, disks: [{ name: 'a', sizeBytes: 2 ** 45, usedBytes: 2 ** 45 }] })).status).toBe(507);
    expect(await count()).toEqual(before);
    const opened = JSON.parse((await open(description)).text) as { id: string; token: string }, at = `transfers/${opened.id}`, bearer = { authorization: `Bearer ${opened.token}` };
    const put = (where: string, headers: Record<string, string>, body = chunk): Promise<{ status: number; text: string }> => ask('PUT', `${at}/${where}`, headers, body);
    expect((await put('disks/0/chunks/0', { ...bearer, 'x-chunk-sha256': 'no' })).status).toBe(422);
    expect((await put('disks/0/chunks/0', { authorization: 'Bearer wrong', 'x-chunk-sha256': sha })).status).toBe(401);
    expect((await put('disks/0/chunks/2', { ...bearer, 'x-chunk-sha256': sha })).status).toBe(400);
    expect((await put('disks/1/chunks/0', { ...bearer, 'x-chunk-sha256': sha })).status).toBe(400);
    expect((await put('disks/0/chunks/1', { ...bearer, 'x-chunk-sha256': sha })).status).toBe(400); // the last one is shorter
    expect((await put('disks/0/chunks/0', { ...bearer, 'x-chunk-sha256': sha })).status).toBe(200);
    expect((await put('disks/0/chunks/0', { ...bearer, 'x-chunk-sha256': sha })).status).toBe(200);
    expect((JSON.parse((await ask('GET', at, bearer)).text) as { disks: { done: string }[] }).disks[0]?.done).toBe(Buffer.of(1).toString('base64'));
    await expect(client.call('VM.get_all_records')).resolves.toBeDefined();
    expect((await ask('GET', 'iso', { cookie: `session_id=${opened.token}` })).status).toBe(401);
    expect((await ask('DELETE', at, bearer)).status).toBe(200);
    expect((await ask('GET', at, bearer)).status).toBe(404);
    expect(await count()).toEqual(before);
  });

  it('ends a code after a few wrong tries', async () => {
    const code = await codeFor('guessed'), [id = ''] = code.split('-');
    const tries = await Promise.all(Array.from({ length: 5 }, (_, i) => ask('POST', 'transfers', { authorization: `Code ${id}-aaaa${'bcdef'[i] ?? 'b'}` }, Buffer.from('{}'))));
    expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect((await ask('POST', 'transfers', { authorization: `Code ${code}` }, Buffer.from(JSON.stringify(description)))).status).toBe(401);
  });
});
