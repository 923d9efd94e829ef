import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Records, Ref } from '../../../src/shared/api';
import { runXe } from '../../../src/cli/xe';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { expectWhole } from '../service/wholeness';
import { get, put, type PutOptions } from './http';

/* Single disks in the formats of the world, checked by qemu-img: out of a real host, into it, interrupted, damaged and hostile. */

const MIB = 1024 * 1024, SIZE = 24 * MIB;
let host: TestHost, client: TestClient, session: string, sr: Ref<'SR'>, disk: Ref<'VDI'>, folder: string, raw: string;

const file = (name: string): string => path.join(folder, name);
const img = (...args: readonly string[]): string => execFileSync('qemu-img', args, { encoding: 'utf8' });
const io = (format: string, image: string, ...commands: readonly string[]): string => execFileSync('qemu-io', ['-f', format, ...commands.flatMap(command => ['-c', command]), image], { encoding: 'utf8' });
const imageOf = async (vdi: Ref<'VDI'>): Promise<string> => {
  const uuid = await client.call('VDI.get_uuid', vdi);
  return execFileSync('find', [host.data, '-name', `${uuid}*.qcow2`], { encoding: 'utf8' }).trim().split('\n').sort().at(-1) ?? '';
};
const newDisk = (size = SIZE): Promise<Ref<'VDI'>> => client.call('VDI.create', { name_label: 'disk', name_description: '', SR: sr, virtual_size: size, type: 'user', sharable: false, read_only: false, other_config: {} } as never);
const isLike = async (vdi: Ref<'VDI'>): Promise<void> => { expect(img('compare', '-f', 'raw', '-F', 'qcow2', raw, await imageOf(vdi))).toMatch(/identical/); };

beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  session = await host.login();
  sr = Object.values(await client.call('pool.get_all_records'))[0]!.default_SR;
  folder = fs.mkdtempSync(path.join(host.folder, 'files-'));
  disk = await newDisk();
  raw = file('disk.raw');
  for (const [format, image] of [['qcow2', await imageOf(disk)], ['raw', raw]] as const) {
    if (format === 'raw') img('create', '-q', '-f', 'raw', image, String(SIZE));
    io(format, image, 'write -P 0x11 0 64k', 'write -P 0x22 5M 3M', `write -P 0x33 ${SIZE - 512} 512`, 'write -z 12M 1M');
  }
});
afterAll(async () => { await host?.dispose(); });

const fetch = (query: string, headers?: Readonly<Record<string, string>>) => get(host, `/export_raw_vdi?vdi=${disk}&session_id=${session}${query}`, headers);
const bring = async (query: string, body: Buffer | AsyncIterable<Buffer>, options: PutOptions = {}): Promise<{ status: number; said: string; record: Records['task'] }> => {
  const task = await client.call('task.create', 'import', ''), { status, body: said } = await put(host, `/import_raw_vdi?session_id=${session}&task_id=${task}&${query}`, body, options);
  await client.until('task', task, record => record !== undefined && record.status !== 'pending');
  return { status, said: said.toString(), record: await client.call('task.get_record', task) };
};
const made = (record: Records['task']): Ref<'VDI'> => /OpaqueRef:[-0-9a-f]{36}/.exec(record.result)![0] as Ref<'VDI'>;
const disks = async (): Promise<number> => Object.keys(await client.call('VDI.get_all_records')).length;

describe('a disk goes out', () => {
  it.each([['raw', 'raw', 'application/octet-stream'], ['vhd', 'vpc', 'application/vhd'], ['qcow2', 'qcow2', 'application/x-qemu-disk']])('as %s', async (format, name, type) => {
    const { status, headers, body } = await fetch(`&format=${format}`), image = file(`out.${format}`);
    expect([status, headers['content-type'], Number(headers['content-length'])]).toEqual([200, type, body.length]);
    expect(headers['content-disposition']).toMatch(new RegExp(`\\.${format}"$`));
    fs.writeFileSync(image, body);
    expect(img('compare', '-f', 'raw', '-F', name, raw, image)).toMatch(/identical/);
    if (format === 'qcow2') expect(img('check', '-f', name, image)).toMatch(/No errors/);
    if (format === 'vhd') expect(body.length).toBeLessThan(12 * MIB); // no holes
  });

  it('goes on with a download that was interrupted, in every format', async () => {
    for (const format of ['raw', 'vhd', 'qcow2']) {
      const whole = (await fetch(`&format=${format}`)).body;
      for (const from of [1, 3 * MIB + 77, whole.length - 1]) {
        const { status, headers, body } = await fetch(`&format=${format}`, { range: `bytes=${from}-` });
        expect([status, headers['content-range'], body.equals(whole.subarray(from))], `${format} from ${from}`).toEqual([206, `bytes ${from}-${whole.length - 1}/${whole.length}`, true]);
      }
    }
  });

  it('as the difference to another, which QEMU reads over that other', async () => {
    const later = await client.call('VDI.copy', disk, sr, 'OpaqueRef:NULL' as Ref<'VDI'>, 'OpaqueRef:NULL' as Ref<'VDI'>);
    io('qcow2', await imageOf(later), 'write -P 0x44 9M 4k');
    const { body } = await get(host, `/export_raw_vdi?vdi=${later}&format=vhd&base=${disk}&session_id=${session}`);
    expect([body.length < 3 * MIB, body.readUInt32BE(60), body.toString('latin1', 512, 520)]).toEqual([true, 4, 'cxsparse']);
    // Onto a copy of the base it makes the later one.
    const copy = await client.call('VDI.copy', disk, sr, 'OpaqueRef:NULL' as Ref<'VDI'>, 'OpaqueRef:NULL' as Ref<'VDI'>);
    expect((await bring(`vdi=${copy}&format=vhd`, body)).record.error_info).toEqual([]);
    expect(img('compare', '-f', 'qcow2', '-F', 'qcow2', await imageOf(copy), await imageOf(later))).toMatch(/identical/);
    expect((await bring(`sr_id=${sr}&format=vhd`, body)).record.error_info[0]).toBe('VALUE_NOT_SUPPORTED');
  });

  it('refuses formats and places that there are not', async () => {
    expect((await fetch('&format=floppy')).status).toBe(400);
    expect((await fetch(`&format=raw&base=${disk}`)).status).toBe(400);
    expect((await get(host, `/export_raw_vdi?vdi=OpaqueRef:none&session_id=${session}`)).status).toBe(404);
    expect((await get(host, `/export_raw_vdi?vdi=${disk}`)).status).toBe(401);
  });
});

describe('a disk comes in', () => {
  it.each([['vhd', ['vpc', '-o', 'subformat=dynamic,force_size=on']], ['vhd', ['vpc', '-o', 'subformat=fixed,force_size=on']], ['qcow2', ['qcow2', '-c']], ['vmdk', ['vmdk', '-o', 'subformat=streamOptimized']], ['vmdk', ['vmdk']], ['vhdx', ['vhdx']]] as const)('from %s (%j)', async (format, [target, ...how]) => {
    const image = file(`in.${target}`);
    img('convert', '-f', 'raw', '-O', target, ...how, raw, image);
    const { status, record } = await bring(`sr_id=${sr}&format=${format}&name_label=${format}`, fs.readFileSync(image));
    expect([status, record.status, record.error_info]).toEqual([200, 'success', []]);
    await isLike(made(record));
    expect(await client.call('VDI.get_record', made(record))).toMatchObject({ name_label: format, virtual_size: SIZE, SR: sr });
    expect(fs.readdirSync(path.join(host.data, 'spool'))).toEqual([]);
  });

  it('from raw bytes, as a new one or over one that is there', async () => {
    const bytes = fs.readFileSync(raw), { record } = await bring(`sr_uuid=${await client.call('SR.get_uuid', sr)}`, bytes);
    expect(await client.call('VDI.get_name_label', made(record))).toBe('Imported VDI');
    await isLike(made(record));
    const there = await newDisk(), full = await newDisk(), image = file('over.vhd'), pattern = 'read -P 0x99 0 20M';
    io('qcow2', await imageOf(full), 'write -P 0x99 0 20M');
    img('convert', '-f', 'raw', '-O', 'vpc', '-o', 'force_size=on', raw, image);
    const vhd = fs.readFileSync(image);
    // One that holds something would be lost if it broke off.
    expect((await bring(`vdi=${full}&format=vhd`, vhd)).record.error_info).toEqual(['OPERATION_NOT_ALLOWED', expect.stringMatching(/not empty/)]);
    expect(io('qcow2', await imageOf(full), pattern)).not.toMatch(/failed/);
    expect((await bring(`vdi=${there}&format=vhd`, vhd.subarray(0, 6 * MIB), { announced: vhd.length, cut: true })).record.error_info).toEqual(['IMPORT_ERROR_PREMATURE_EOF']);
    expect(await client.call('VDI.get_other_config', there)).toEqual({ upload_incomplete: 'true' });
    expect((await bring(`vdi=${there}&format=vhd`, vhd)).record.error_info).toEqual([]);
    expect(await client.call('VDI.get_other_config', there)).toEqual({});
    await isLike(there);
    const small = await newDisk(4 * MIB);
    expect((await bring(`vdi=${small}&format=vhd`, fs.readFileSync(image))).record.error_info[0]).toBe('VDI_TOO_SMALL');
  });

  it('in parts: what broke off goes on where it stopped', async () => {
    const bytes = fs.readFileSync(raw), there = await newDisk();
    const broken = await bring(`vdi=${there}&format=raw&offset=0`, bytes.subarray(0, 7 * MIB + 99), { announced: bytes.length, cut: true });
    expect(broken.record.error_info).toEqual(['IMPORT_ERROR_PREMATURE_EOF']);
    const offset = Number((await client.call('VDI.get_other_config', there))['upload_offset']);
    expect(offset).toBe(7 * MIB);
    expect((await bring(`vdi=${there}&format=raw&offset=${offset + 1}`, bytes.subarray(offset))).record.error_info).toEqual(['INVALID_VALUE', 'offset', String(offset + 1)]);
    expect((await bring(`vdi=${there}&format=raw&offset=${offset}`, bytes.subarray(offset))).record.error_info).toEqual([]);
    await isLike(there);
    expect(await client.call('VDI.get_other_config', there)).toEqual({});
  });

  it('all of it or nothing, and it may break off all the same', async () => {
    const bytes = fs.readFileSync(raw), there = await newDisk(), task = await client.call('task.create', 'import', ''), address = `/import_raw_vdi?session_id=${session}&task_id=${task}&vdi=${there}&resumable=true`;
    await put(host, address, bytes.subarray(0, 9 * MIB + 5), { announced: bytes.length, cut: true });
    const offset = Number((await get(host, address)).headers['upload-offset']);
    expect([offset > 0, offset <= 9 * MIB + 5, await client.call('task.get_status', task)]).toEqual([true, true, 'pending']);
    expect((await put(host, `${address}&offset=${offset}`, bytes.subarray(offset))).status).toBe(200);
    await client.until('task', task, record => record?.status === 'success');
    await isLike(there);
  });

  it('and is refused when it is cut, damaged, absurd or names other files, with nothing left', async () => {
    const before = await disks(), vhd = (await fetch('&format=vhd')).body, damaged = Buffer.from(vhd), absurd = Buffer.from(vhd);
    const error = async (query: string, body: Buffer, options?: PutOptions) => (await bring(`sr_id=${sr}&${query}`, body, options)).record.error_info;
    for (const cut of [100, 600, 1800, MIB, vhd.length - 512]) expect(await error('format=vhd', vhd.subarray(0, cut), { announced: vhd.length, cut: true }), `cut at ${cut}`).toEqual(['IMPORT_ERROR_PREMATURE_EOF']);
    damaged[40]! ^= 1;
    expect(await error('format=vhd', damaged)).toEqual(['IMPORT_ERROR_SOME_CHECKSUMS_FAILED']);
    absurd.writeUInt32BE(0xfffffff0, 1536); // its first block lies behind everything
    expect(await error('format=vhd', absurd)).toEqual(['IMPORT_ERROR_PREMATURE_EOF']);
    expect((await error('format=vhd', Buffer.alloc(2 * MIB, 0x41)))[0]).toBe('IMPORT_ERROR');
    expect((await error('format=qcow2', Buffer.alloc(2 * MIB, 0x41)))[0]).toBe('IMPORT_ERROR');
    const secret = file('secret.qcow2'), hostile = file('hostile.qcow2'), text = file('hostile.vmdk');
    img('create', '-q', '-f', 'qcow2', secret, String(MIB));
    img('create', '-q', '-f', 'qcow2', '-b', secret, '-F', 'qcow2', hostile);
    expect((await error('format=qcow2', fs.readFileSync(hostile)))[0]).toBe('IMPORT_ERROR');
    fs.writeFileSync(text, `# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 2048 FLAT "${secret}" 0\n`);
    expect((await error('format=vmdk', fs.readFileSync(text)))[0]).toBe('IMPORT_ERROR');
    expect([await disks(), fs.readdirSync(path.join(host.data, 'spool'))]).toEqual([before, []]);
    await expectWhole(host, client);
  });
});

describe('xe', () => {
  const xe = async (...line: readonly string[]): Promise<{ code: number; out: string; err: string }> => {
    const out: string[] = [], err: string[] = [], into = (list: string[]) => new Writable({ write: (chunk: Buffer, _encoding, done) => { list.push(chunk.toString()); done(); } });
    const code = await runXe(['-s', `127.0.0.1:${host.port}`, '-pwf', host.passwordFile, '--fingerprint', host.fingerprint, '--no-remember', ...line],
      { stdin: new PassThrough(), stdout: into(out), stderr: into(err), env: { HOME: folder }, signal: new AbortController().signal });
    return { code, out: out.join('').trim(), err: err.join('') };
  };

  it('exports and imports a disk, resumes, and guesses a format by the name', async () => {
    const uuid = await client.call('VDI.get_uuid', disk), vhd = file('xe.vhd');
    expect(await xe('vdi-export', `uuid=${uuid}`, `filename=${vhd}`, 'format=vhd')).toMatchObject({ code: 0, err: '' });
    expect((await xe('vdi-export', `uuid=${uuid}`, `filename=${vhd}`)).err).toMatch(/is there already/);
    fs.copyFileSync(vhd, file('half.vhd.partial'));
    fs.truncateSync(file('half.vhd.partial'), 3 * MIB);
    expect((await xe('vdi-export', `uuid=${uuid}`, `filename=${file('half.vhd')}`, 'format=vhd', 'resume=true')).code).toBe(0);
    expect(fs.readFileSync(file('half.vhd')).equals(fs.readFileSync(vhd))).toBe(true);
    const { code, out } = await xe('vdi-import', `filename=${vhd}`, `sr-uuid=${await client.call('SR.get_uuid', sr)}`);
    expect(code).toBe(0);
    await isLike(await client.call('VDI.get_by_uuid', out));
    fs.writeFileSync(file('bad.vhd'), 'no disk');
    const bad = await xe('vdi-import', `filename=${file('bad.vhd')}`, `sr-uuid=${await client.call('SR.get_uuid', sr)}`);
    expect([bad.code, bad.err]).toEqual([1, expect.stringMatching(/IMPORT_ERROR_PREMATURE_EOF/) as string]);
  });

  it('exports, imports and copies a VM', async () => {
    await client.newVm('by xe');
    expect(await xe('vm-export', 'vm=by xe', `filename=${file('by.xva')}`, 'compress=zstd')).toMatchObject({ code: 0, err: '' });
    const { code, out } = await xe('vm-import', `filename=${file('by.xva')}`);
    expect([code, await client.call('VM.get_name_label', await client.call('VM.get_by_uuid', out))]).toEqual([0, 'by xe']);
    const copy = await xe('vm-copy', `uuid=${out}`, 'new-name-label=third');
    expect([copy.code, await client.call('VM.get_name_label', await client.call('VM.get_by_uuid', copy.out))]).toEqual([0, 'third']);
    fs.truncateSync(file('by.xva'), 3000);
    const cut = await xe('vm-import', `filename=${file('by.xva')}`);
    expect([cut.code, cut.err]).toEqual([1, expect.stringMatching(/IMPORT_ERROR_PREMATURE_EOF/) as string]);
  });

  it('goes on with a VM that broke off, both ways; a service that ends meanwhile leaves nothing of it', async () => {
    await client.newVm('cut');
    expect((await xe('vm-export', 'vm=cut', `filename=${file('whole.xva')}`)).code).toBe(0);
    const whole = fs.readFileSync(file('whole.xva')), cut = Math.floor(whole.length / 2), begun = async (): Promise<string> => {
      const task = await client.call('task.create', 'import', '');
      await put(host, `/import?resumable=true&session_id=${session}&task_id=${task}`, whole.subarray(0, cut), { announced: whole.length, cut: true });
      return client.call('task.get_uuid', task);
    };
    fs.writeFileSync(file('again.xva.partial'), whole.subarray(0, cut));
    expect(await xe('vm-export', 'vm=cut', `filename=${file('again.xva')}`, 'resume=true')).toMatchObject({ code: 0, err: '' });
    expect(fs.readFileSync(file('again.xva')).equals(whole)).toBe(true);
    fs.writeFileSync(file('other.xva.partial'), Buffer.alloc(whole.length + 99, 1)); // of something else, and longer
    expect((await xe('vm-export', 'vm=cut', `filename=${file('other.xva')}`, 'resume=true')).code).toBe(0);
    expect(fs.readFileSync(file('other.xva')).equals(whole)).toBe(true);
    expect(await xe('vm-import', `filename=${file('whole.xva')}`, `resume=${await begun()}`)).toMatchObject({ code: 0, err: '' });
    await begun();
    await host.stop('SIGKILL');
    await host.start();
    client = await host.connect();
    await expectWhole(host, client);
  });
});
