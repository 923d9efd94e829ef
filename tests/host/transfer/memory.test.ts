import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { emptyVm } from '../../fixtures/install';
import { open, put } from './http';

/* What passes through the service does not stay in it: its memory rises by far less than what passes. `npm run bench -- transfer` shows the same for 4 GiB. */

const MIB = 1024 * 1024, DISK_MIB = 512, RISE_MAX_MIB = 192;
let host: TestHost, client: TestClient, session: string, vm: Ref<'VM'>, vdi: Ref<'VDI'>, sr: Ref<'SR'>;
beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  session = await host.login();
  ({ vm } = await emptyVm(client, 'full', { diskMib: DISK_MIB }));
  vdi = await client.call('VBD.get_VDI', (await client.call('VM.get_VBDs', vm))[0]!);
  sr = await client.call('VDI.get_SR', vdi);
  const image = path.join(host.data, 'sr', await client.call('SR.get_uuid', sr), `${await client.call('VDI.get_uuid', vdi)}.qcow2`);
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -P 0x5a 0 ${DISK_MIB}M`, image], { stdio: 'ignore' });
});
afterAll(async () => { await host?.dispose(); });

const memory = (what: 'VmRSS' | 'VmHWM'): number => Number(new RegExp(`${what}:\\s+(\\d+)`).exec(fs.readFileSync(`/proc/${host.pid}/status`, 'utf8'))?.[1]) / 1024;
/** How far it was above what it is now, at the most: the kernel keeps the peak. */
const rise = async (work: () => Promise<unknown>): Promise<number> => {
  fs.writeFileSync(`/proc/${host.pid}/clear_refs`, '5');
  const before = memory('VmRSS');
  await work();
  return memory('VmHWM') - before;
};
const download = async (route: string): Promise<number> => {
  let bytes = 0;
  const sink = new PassThrough();
  sink.on('data', (chunk: Buffer) => { bytes += chunk.length; });
  await pipeline(await open(host, `${route}&session_id=${session}`), sink);
  return bytes;
};
const piece = Buffer.alloc(MIB, 0x77);
const full = (): Readable => Readable.from((function* () { for (let i = 0; i < DISK_MIB; i++) yield piece; })(), { objectMode: false });

it.each([
  ['a disk out', () => download(`/export_raw_vdi?vdi=${vdi}&format=raw`)],
  ['a VM out', () => download(`/export?ref=${vm}`)],
])('%s', async (_way, work) => {
  let bytes = 0;
  expect(await rise(async () => { bytes = await work(); })).toBeLessThan(RISE_MAX_MIB);
  expect(bytes).toBeGreaterThanOrEqual(DISK_MIB * MIB);
});

it('a disk in', async () => {
  expect(await rise(async () => { expect((await put(host, `/import_raw_vdi?sr_id=${sr}&format=raw&session_id=${session}`, full(), { announced: DISK_MIB * MIB })).status).toBe(200); })).toBeLessThan(RISE_MAX_MIB);
});
