import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../client';
import { XenapiPeer } from '../../../tests/peers/xenapi-peer';
import { must } from '../../shared/lib/assert';
import { Sessions } from '../sessions';
import { Settings } from '../settings/settings';
import { Archives } from './archives';

/* Between a real file and a real TLS peer. */

let folder: string, peer: XenapiPeer, sessions: Sessions, archives: Archives, session: string, chosen: string | undefined;
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'archives-'));
  chosen = path.join(folder, 'vm.xva');
  peer = await XenapiPeer.start();
  sessions = new Sessions({ settings: new Settings({ content: { hosts: [] }, write: () => undefined }, { areSafe: false, seal: () => undefined, open: () => undefined }), dial: options => connect(options) });
  archives = new Archives(sessions, { open: () => Promise.resolve(chosen), save: () => Promise.resolve(chosen) });
  session = (await sessions.connect({ address: peer.addressText, user: 'root', password: 'secret', keepPassword: false, accept: peer.fingerprint })).id;
});
afterEach(async () => { archives.cancelAll(); await sessions.close(); await peer.stop(); fs.rmSync(folder, { recursive: true, force: true }); });
const WISH = { vm: 'OpaqueRef:vm', compression: 'zstd', snapshots: true } as const, BODY = Buffer.alloc(2 * 1024 * 1024 + 5, 0x5a);
const place = async (): Promise<string> => must(await archives.place('vm: one?.xva'), 'file').id;

describe('an export', () => {
  it('is a file once its task has ended well', async () => {
    let asked = '';
    peer.onGet = (request, response) => { asked = request.url ?? ''; response.useChunkedEncodingByDefault = false; response.writeHead(200, { connection: 'close' }).end(BODY); };
    const file = await place();
    expect(await archives.export(session, file, 'OpaqueRef:task', WISH)).toEqual({ ok: true, value: undefined });
    expect(fs.readdirSync(folder)).toEqual(['vm.xva.partial']);
    expect(await archives.settle(file, true)).toBe(true);
    expect(fs.readFileSync(path.join(folder, 'vm.xva')).equals(BODY)).toBe(true);
    const { pathname, searchParams } = new URL(asked, 'https://peer');
    expect([pathname, searchParams.get('ref'), searchParams.get('task_id'), searchParams.get('use_compression'), searchParams.get('include_snapshots')]).toEqual(['/export', 'OpaqueRef:vm', 'OpaqueRef:task', 'zstd', 'true']);
  });

  it('leaves nothing when it fails, here or there', async () => {
    peer.onGet = (_request, response) => { response.writeHead(500, { 'content-type': 'application/json' }).end('["VM_BAD_POWER_STATE","OpaqueRef:vm","halted","running"]'); };
    const file = await place();
    expect(await archives.export(session, file, 't', WISH)).toEqual({ ok: false, kind: 'refused', code: 'VM_BAD_POWER_STATE', params: ['OpaqueRef:vm', 'halted', 'running'] });
    await archives.settle(file, false);
    expect(fs.readdirSync(folder)).toEqual([]);
    chosen = path.join(folder, 'no such folder', 'vm.xva');
    expect(await archives.export(session, await place(), 't', WISH)).toMatchObject({ ok: false, kind: 'file', reason: 'ENOENT' });
    expect(await archives.export(session, 'archive-99', 't', WISH)).toMatchObject({ kind: 'file' });
  });
});

describe('an import', () => {
  it('sends the file whole, with what is wanted', async () => {
    fs.writeFileSync(must(chosen, 'path'), BODY);
    let asked = '';
    const got = new Promise<Buffer>(resolve => {
      peer.onPut = (request, response) => {
        asked = request.url ?? '';
        const chunks: Buffer[] = [];
        request.pipe(new PassThrough().on('data', (chunk: Buffer) => { chunks.push(chunk); })).on('end', () => { response.writeHead(200).end(); resolve(Buffer.concat(chunks)); });
      };
    });
    const file = must(await archives.choose(), 'file');
    expect(file).toMatchObject({ name: 'vm.xva', sizeBytes: BODY.length });
    expect(await archives.import(session, file.id, 'OpaqueRef:task', { sr: 'OpaqueRef:sr', network: '', restore: true })).toEqual({ ok: true, value: undefined });
    expect((await got).equals(BODY)).toBe(true);
    const { pathname, searchParams } = new URL(asked, 'https://peer');
    expect([pathname, searchParams.get('sr_id'), searchParams.has('network'), searchParams.get('restore')]).toEqual(['/import', 'OpaqueRef:sr', false, 'true']);
    fs.rmSync(must(chosen, 'path'));
    expect(await archives.import(session, file.id, 't', { sr: '', network: '', restore: false })).toMatchObject({ ok: false, kind: 'file', reason: 'ENOENT' });
  });
});
