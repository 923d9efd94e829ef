import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';

/* A library of CD images on a real host: uploaded over HTTPS, fetched by URL from a server on loopback, found, refused, deleted. */

let host: TestHost, client: TestClient, library: Ref<'SR'>, folder: string, self: Ref<'host'>;
const image = randomBytes(3 * 1024 * 1024 + 2048);
const sha256 = createHash('sha256').update(image).digest('hex');
const names = async (): Promise<string[]> => Object.values(await client.call('VDI.get_all_records')).filter(vdi => vdi.SR === library).map(vdi => vdi.name_label).sort();
const files = (): string[] => fs.readdirSync(folder).sort();
const newIso = (name: string, size = image.length): Promise<Ref<'VDI'>> => client.call('VDI.create', {
  SR: library, name_label: name, name_description: '', virtual_size: size, type: 'user', sharable: true, read_only: true, other_config: {},
} as never);

/** PUT of so many of the announced bytes, then the end of the connection. */
const put = (query: string, body: Buffer, { announced = body.length, headers = {} }: { announced?: number; headers?: Record<string, string> } = {}): Promise<{ status: number; text: string }> => new Promise((resolve, reject) => {
  const request = https.request({ host: '127.0.0.1', port: host.port, path: `/import_raw_vdi?${query}`, method: 'PUT', rejectUnauthorized: false, agent: false, headers: { 'content-length': announced, ...headers } }, response => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('end', () => { resolve({ status: response.statusCode ?? 0, text }); }).on('error', reject);
  });
  request.on('error', error => { if (announced === body.length) reject(error); else resolve({ status: 0, text: '' }); });
  request.write(body, () => { if (announced === body.length) request.end(); else request.socket?.destroy(); });
});

beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  folder = path.join(host.folder, 'isos');
  [self] = await client.call('host.get_all') as [Ref<'host'>];
  library = await client.call('SR.create', self, { location: folder, legacy_mode: 'true' }, 0, 'ISOs', '', 'iso', 'iso', false, {});
});
afterAll(async () => { await host.dispose(); });

describe('an ISO library', () => {
  it('is described, and finds what others put there', async () => {
    const sm = Object.values(await client.call('SM.get_all_records')).find(record => record.type === 'iso');
    expect(sm).toMatchObject({ other_config: { 'content-type': 'iso', 'secret-keys': 'cifspassword' } });
    expect(await client.call('SR.get_record', library)).toMatchObject({ content_type: 'iso', type: 'iso' });
    fs.writeFileSync(path.join(folder, 'theirs.ISO'), image);
    fs.writeFileSync(path.join(folder, 'notes.txt'), 'no image');
    await client.call('SR.scan', library);
    expect(await names()).toEqual(['theirs.ISO']);
    const [vdi] = Object.values(await client.call('VDI.get_all_records')).filter(record => record.SR === library);
    expect(vdi).toMatchObject({ read_only: true, sharable: true, virtual_size: image.length, location: 'theirs.ISO', physical_utilisation: expect.any(Number) as number });
    fs.rmSync(path.join(folder, 'theirs.ISO'));
    await client.call('SR.scan', library);
    expect(await names()).toEqual([]);
    expect(await client.call('SR.probe_ext', self, { location: folder }, 'iso', {})).toMatchObject([{ complete: true, extra_info: { label: `${folder}, 0 ISO images` } }]);
  });

  it('takes an upload whole, under a name of its own', async () => {
    const session = await host.login(), vdi = await newIso('mine.iso');
    expect(files()).toEqual(['notes.txt']); // not before its last byte is there
    const task = await client.call('task.create', 'upload', '');
    expect(await put(`session_id=${session}&vdi=${vdi}&format=raw&task_id=${task}`, image)).toEqual({ status: 200, text: '' });
    expect(fs.readFileSync(path.join(folder, 'mine.iso')).equals(image)).toBe(true);
    expect(await client.call('task.get_record', task)).toMatchObject({ status: 'success', progress: 1 });
    expect((await client.call('SR.get_record', library)).virtual_allocation).toBe(image.length);
    // Nothing is overwritten, by no road.
    expect(await put(`session_id=${session}&vdi=${vdi}`, image)).toMatchObject({ status: 500, text: expect.stringContaining('SR_BACKEND_FAILURE') as string });
    await expect(newIso('mine.iso')).rejects.toMatchObject({ code: 'SR_BACKEND_FAILURE' });
    for (const name of ['../x.iso', 'x', '.hidden.iso', 'a/b.iso', 'x.img']) await expect(newIso(name), name).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(newIso('huge.iso', 2 ** 44)).rejects.toMatchObject({ code: 'SR_FULL' });
    await client.call('VDI.destroy', vdi);
    expect(files()).toEqual(['notes.txt']);
  });

  it('keeps nothing of an upload that breaks off, is too long, or is not allowed', async () => {
    const session = await host.login();
    const cut = await newIso('cut.iso');
    await put(`session_id=${session}&vdi=${cut}`, image.subarray(0, 1_000_000), { announced: image.length });
    await client.until('VDI', cut, record => record === undefined);
    expect(files()).toEqual(['notes.txt']);
    const wrong = await newIso('wrong.iso');
    expect(await put(`session_id=${session}&vdi=${wrong}`, image.subarray(0, 2048))).toMatchObject({ status: 400 });
    expect(await put(`session_id=nobody&vdi=${wrong}`, image)).toMatchObject({ status: 401 });
    expect(await put(`session_id=${session}&vdi=OpaqueRef:no`, image)).toMatchObject({ status: 404, text: expect.stringContaining('UUID_INVALID') as string });
    expect(await put(`session_id=${session}&vdi=${wrong}`, Buffer.alloc(0))).toEqual({ status: 200, text: '' }); // a client that only tries
    expect(await put(`vdi=${await client.call('VDI.get_uuid', wrong)}`, image, { headers: { authorization: `Basic ${Buffer.from(`root:${host.password}`).toString('base64')}` } })).toMatchObject({ status: 200 });
    await client.call('VDI.destroy', wrong);
  });

  it('fetches by URL, and names only what has the right checksum', async () => {
    const server = http.createServer((request, response) => {
      if (request.url === '/moved') { response.writeHead(302, { location: '/image' }).end(); return; }
      if (request.url !== '/image') { response.writeHead(404).end(); return; }
      response.writeHead(200, { 'content-length': image.length }).end(image);
    });
    await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve); });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sr = await client.call('SR.get_uuid', library);
    const fetched = (args: Record<string, string>): Promise<string> => client.call('host.call_plugin', self, 'administrator-console', 'iso_fetch', { sr, ...args });
    try {
      const uuid = await fetched({ url: `${url}/moved`, name: 'net.iso', sha256 });
      expect(fs.readFileSync(path.join(folder, 'net.iso')).equals(image)).toBe(true);
      expect((await client.call('VDI.get_record', await client.call('VDI.get_by_uuid', uuid))).name_label).toBe('net.iso');
      await expect(fetched({ url: `${url}/image`, name: 'bad.iso', sha256: '0'.repeat(64) })).rejects.toMatchObject({ code: 'SR_BACKEND_FAILURE', params: [expect.anything(), expect.anything(), expect.stringContaining('checksum')] });
      await expect(fetched({ url: `${url}/none`, name: 'none.iso' })).rejects.toMatchObject({ code: 'SR_BACKEND_FAILURE', params: [expect.anything(), expect.anything(), expect.stringContaining('404')] });
      await expect(fetched({ url: 'file:///etc/passwd', name: 'x.iso' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
      expect(files()).toEqual(['net.iso', 'notes.txt']);
      expect(await names()).toEqual(['net.iso']);
    } finally { server.close(); }
  });

  it('says what a share would need here, and shows no password', async () => {
    await expect(client.call('SR.create', self, { location: '//127.0.0.1/share', type: 'cifs', username: 'u', cifspassword: 'hunter2' }, 0, 'share', '', 'iso', 'iso', true, {})).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    expect(await client.call('secret.get_all')).toEqual([]); // and none is left
    const sr = await client.call('SR.introduce', '11111111-2222-4333-8444-555555555555', 'share', '', 'iso', 'iso', true, {});
    const pbd = await client.call('PBD.create', { host: self, SR: sr, device_config: { location: '//127.0.0.1/share', type: 'cifs', username: 'u', cifspassword: 'hunter2' } } as never);
    const { device_config } = await client.call('PBD.get_record', pbd);
    expect(JSON.stringify(device_config)).not.toContain('hunter2');
    const secret = await client.call('secret.get_by_uuid', device_config.cifspassword_secret!);
    expect(JSON.stringify(await client.call('secret.get_all_records'))).not.toContain('hunter2');
    expect(await client.call('secret.get_value', secret)).toBe('hunter2');
    await expect(client.call('secret.destroy', secret)).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    await client.call('SR.forget', sr);
    expect(await client.call('secret.get_all')).toEqual([]);
    expect(host.log()).not.toContain('hunter2');
  });

  it('is there again after it was detached, forgotten and introduced, and after a restart', async () => {
    const { uuid, PBDs: [pbd] } = await client.call('SR.get_record', library);
    await client.call('PBD.unplug', pbd!);
    await client.call('SR.forget', library);
    library = await client.call('SR.introduce', uuid, 'ISOs', '', 'iso', 'iso', false, {});
    await client.call('PBD.plug', await client.call('PBD.create', { host: self, SR: library, device_config: { location: folder } } as never));
    expect(await names()).toEqual(['net.iso']);
    fs.writeFileSync(path.join(folder, 'half.iso.upload.unfinished'), 'half');
    await host.stop('SIGKILL');
    await host.start();
    client = await host.connect();
    expect(files()).toEqual(['net.iso', 'notes.txt']);
    expect(await names()).toEqual(['net.iso']);
    expect((await client.call('SR.get_record', library)).PBDs).toHaveLength(1);
  });
});
