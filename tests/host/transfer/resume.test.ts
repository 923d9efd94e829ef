import { createHash } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { serveBench, type ServedBench } from '../../fixtures/served-bench';
import { get, open, put, type Got } from './http';

/* Whole VMs that break off in the middle, by real sockets, in both directions: they go on where they were, or begin anew, and nothing is left of what nobody takes up. */

const MIB = 1024 * 1024;
let host: ServedBench, vm: Ref<'VM'>, archive: Buffer;

const vdiOf = (of: Ref<'VM'>): Ref<'VDI'> => host.store.get('VBD', host.store.get('VM', of).VBDs[0]!).VDI;
const write = async (of: Ref<'VM'>, at: number, byte: number): Promise<void> => {
  const disk = host.repository.open(host.repository.locate(host.store.get('VDI', vdiOf(of)).uuid));
  await disk.write(at, Buffer.alloc(70_000, byte));
  await disk.close();
};
const bytesOf = (of: Ref<'VM'>): Buffer => host.repository.contents.get(host.store.get('VDI', vdiOf(of)).uuid)!.bytes();
const exported = (query = '', headers?: Readonly<Record<string, string>>): Promise<Got> => get(host, `/export?ref=${vm}&session_id=${host.session}${query}`, headers);
const newTask = (): Ref<'task'> => host.store.transaction(tx => tx.create('task', { name_label: 'import', status: 'pending' }));
const ended = async (task: Ref<'task'>): Promise<Readonly<{ status: string; error_info: readonly string[]; result: string }>> => {
  while (host.store.get('task', task).status === 'pending') await delay(5);
  return host.store.get('task', task);
};
const address = (task: Ref<'task'>, more = ''): string => `/import?resumable=true&task_id=${task}&session_id=${host.session}${more}`;
const offsetOf = async (task: Ref<'task'>): Promise<number> => Number((await get(host, `/import?task_id=${task}&session_id=${host.session}`)).headers['upload-offset']);
const things = (): readonly number[] => [host.store.all('VM').size, host.store.all('VDI').size, host.repository.vdis.size];

beforeAll(async () => {
  host = await serveBench(400);
  vm = await host.newVm();
  await write(vm, MIB + 5, 0x5a);
  await write(vm, 5 * MIB, 0x33);
  archive = (await exported()).body;
});
afterAll(async () => { await host?.dispose(); });

describe('an upload that breaks off', () => {
  it('goes on wherever that was', async () => {
    for (const cut of [0, 100, 3000, MIB, archive.length - 700]) {
      const task = newTask();
      await put(host, address(task), archive.subarray(0, cut), { announced: archive.length, cut: true });
      const offset = await offsetOf(task);
      expect(offset).toBeLessThanOrEqual(cut);
      const { status, body } = await put(host, address(task, `&offset=${offset}`), archive.subarray(offset));
      expect([status, (await ended(task)).error_info]).toEqual([200, []]);
      const [made = ''] = /OpaqueRef:[-0-9a-f]{36}/.exec(body.toString()) ?? [];
      expect(bytesOf(made as Ref<'VM'>).equals(bytesOf(vm)), `cut at ${cut}`).toBe(true);
    }
  });

  it('several times, and also while the host has not noticed yet', async () => {
    const task = newTask(), half = Math.floor(archive.length / 2);
    const request = https.request({ host: '127.0.0.1', port: host.port, path: address(task), method: 'PUT', rejectUnauthorized: false, agent: false, headers: { 'content-length': archive.length } });
    request.on('error', () => { /* the host hangs up, as it should */ });
    request.write(archive.subarray(0, half));
    await once(request, 'response');
    let offset = 0;
    while (offset < half) { // it has all of the half by and by
      offset = await offsetOf(task);
      if (offset >= half) break;
      await put(host, address(task, `&offset=${offset}`), archive.subarray(offset, Math.min(half, offset + MIB)), { announced: archive.length - offset, cut: true });
    }
    expect((await put(host, address(task, `&offset=${offset}`), archive.subarray(offset))).status).toBe(200);
    expect((await ended(task)).status).toBe('success');
    request.destroy();
  });

  it('and goes on elsewhere than where it was, or that nobody has begun, is refused', async () => {
    const task = newTask(), before = things();
    expect((await get(host, `/import?task_id=${task}&session_id=${host.session}`)).status).toBe(404);
    await put(host, address(task), archive.subarray(0, 5000), { announced: archive.length, cut: true });
    const offset = await offsetOf(task);
    expect((await put(host, address(task, `&offset=${offset + 1}`), archive.subarray(offset + 1))).status).toBe(400);
    expect((await put(host, address(task, `&offset=${offset}`), archive.subarray(offset, -1))).status).toBe(400);
    expect((await put(host, `/import?resumable=true&session_id=${host.session}`, archive)).status).toBe(400);
    // Nobody takes it up: nothing stays.
    expect(await ended(task)).toMatchObject({ status: 'failure', error_info: ['IMPORT_ERROR_PREMATURE_EOF'] });
    expect([things(), (await get(host, `/import?task_id=${task}&session_id=${host.session}`)).status]).toEqual([before, 404]);
  });

  it('and is cancelled leaves nothing', async () => {
    const task = newTask(), before = things();
    await put(host, address(task), archive.subarray(0, 3 * MIB), { announced: archive.length, cut: true });
    await offsetOf(task);
    const answer = await get(host, '/');
    expect(answer.status).toBe(200);
    const request = https.request({ host: '127.0.0.1', port: host.port, path: '/jsonrpc', method: 'POST', rejectUnauthorized: false, agent: false });
    request.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'task.cancel', params: [host.session, task] }));
    await once(request, 'response');
    expect(await ended(task)).toMatchObject({ status: 'cancelled' });

    expect(things()).toEqual(before);
  });
});

describe('a download that breaks off', () => {
  const part = (bytes: Buffer): Record<string, string> => ({ range: `bytes=${bytes.length}-`, 'if-range': `"sha256:${createHash('sha256').update(bytes).digest('hex')}"` });

  it.each(['', '&use_compression=gzip', '&use_compression=zstd', '&format=ova'])('is the same bytes again, and goes on (%s)', async query => {
    const whole = (await exported(query)).body;
    // Other VMs come and go, on the same network and repository.
    await host.newVm();
    for (const at of [1, 700, Math.floor(whole.length / 2), whole.length - 1]) {
      const { status, headers, body } = await exported(query, part(whole.subarray(0, at)));
      expect([status, body.equals(whole.subarray(at))], `from ${at}`).toEqual([206, true]);
      expect(headers['content-range']).toMatch(new RegExp(`^bytes ${at}-`));
    }
  });

  it('begins anew when the VM or its disk is not what it was, or nobody can say', async () => {
    const half = archive.subarray(0, 2 * MIB), response = await open(host, `/export?ref=${vm}&session_id=${host.session}`);
    response.destroy(); // cut in the middle: the VM is free again for the next
    expect((await exported('', { range: `bytes=${half.length}-` })).status).toBe(200);
    await write(vm, MIB + 5, 0x77);
    const { status, body } = await exported('', part(half));
    expect([status, body.length, body.equals(archive)]).toEqual([200, archive.length, false]);
    expect((await exported('', part(Buffer.alloc(archive.length + 1)))).status).toBe(200);
  });
});
