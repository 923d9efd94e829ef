import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Records, Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { expectWhole } from '../service/wholeness';
import { get, open, put, type PutOptions } from './http';

/* Whole VMs out of a real host and into it again, over HTTPS: what comes back is what went out, and what is refused leaves nothing. */

const MIB = 1024 * 1024, SAMPLE = path.resolve(import.meta.dirname, '../../../../shared/xenapi/sample-xva-2010.xva');
let host: TestHost, client: TestClient, session: string, vm: Ref<'VM'>, disk: Ref<'VDI'>, archive: Buffer;

/** The newest of its images: `<uuid>.qcow2` at first, `<uuid>.1.qcow2` once it was cloned. */
const imageOf = (uuid: string): string => execFileSync('find', [host.data, '-name', `${uuid}*.qcow2`], { encoding: 'utf8' }).trim().split('\n').sort((a, b) => generation(a) - generation(b)).at(-1) ?? '';
const generation = (file: string): number => Number(/\.(\d+)\.qcow2$/.exec(file)?.[1] ?? 0);
const newDisk = async (of: Ref<'VM'>, userdevice: string, sizeBytes: number): Promise<Ref<'VDI'>> => {
  const { default_SR: sr } = Object.values(await client.call('pool.get_all_records'))[0]!;
  const vdi = await client.call('VDI.create', { name_label: `disk ${userdevice}`, name_description: 'words & <more>', SR: sr, virtual_size: sizeBytes, type: 'user', sharable: false, read_only: false, other_config: { a: 'b' } } as never);
  await client.call('VBD.create', { VM: of, VDI: vdi, userdevice, bootable: userdevice === '0', mode: 'RW', type: 'Disk', empty: false, unpluggable: true, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} } as never);
  return vdi;
};
const pattern = async (vdi: Ref<'VDI'>, ...commands: readonly string[]): Promise<string> =>
  execFileSync('qemu-io', [...(commands.every(command => command.startsWith('read')) ? ['-r', '-U'] : []), '-f', 'qcow2', ...commands.flatMap(command => ['-c', command]), imageOf(await client.call('VDI.get_uuid', vdi))], { encoding: 'utf8' });

beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  session = await host.login();
  vm = await client.newVm('travels');
  disk = await newDisk(vm, '1', 40 * MIB);
  await pattern(disk, 'write -P 0x5a 5M 64k', 'write -P 0x77 39M 1M', 'write -z 20M 4M');
  await client.call('VM.set_name_description', vm, 'ünïcode & <tags>');
  archive = (await get(host, `/export?uuid=${await client.call('VM.get_uuid', vm)}&session_id=${session}`)).body;
});
afterAll(async () => { await host?.dispose(); });

/** Imports in a task of the client's own, and answers how it ended. */
const bring = async (body: Buffer | AsyncIterable<Buffer>, query = '', options: PutOptions = {}): Promise<{ status: number; record: Records['task']; vms: Ref<'VM'>[] }> => {
  const task = await client.call('task.create', 'import', ''), { status } = await put(host, `/import?session_id=${session}&task_id=${task}${query}`, body, options);
  await client.until('task', task, record => record !== undefined && record.status !== 'pending');
  const record = await client.call('task.get_record', task);
  return { status, record, vms: [...record.result.matchAll(/OpaqueRef:[-0-9a-f]{36}/g)].map(([ref]) => ref as Ref<'VM'>) };
};
const vbdsOf = async (of: Ref<'VM'>): Promise<Records['VBD'][]> => {
  const list = await Promise.all((await client.call('VM.get_VBDs', of)).map(vbd => client.call('VBD.get_record', vbd)));
  return list.sort((a, b) => Number(a.userdevice) - Number(b.userdevice));
};
const count = async (): Promise<readonly number[]> => Promise.all((['VM', 'VDI', 'VBD', 'VIF', 'network'] as const).map(async cls => Object.keys(await client.call(`${cls}.get_all_records` as 'VM.get_all_records')).length));

describe('a VM', () => {
  it('goes out as XenServer writes it, without its holes, and says when it may', async () => {
    expect(await client.call('VM.get_allowed_operations', vm)).toContain('export');
    const names = execFileSync('tar', ['tf', '-'], { input: archive, encoding: 'utf8' }).trim().split('\n');
    expect(names[0]).toBe('ova.xml');
    expect(names.filter(name => /^Ref:\d+\/00000000$/.test(name))).toHaveLength((await vbdsOf(vm)).filter(vbd => vbd.type === 'Disk').length);
    expect(names.filter(name => !name.startsWith('ova') && !name.endsWith('.xxhash')).map(name => `${name}.xxhash`)).toEqual(names.filter(name => name.endsWith('.xxhash')));
    const { headers, status, body } = await get(host, `/export/?ref=${vm}`, { cookie: `session_id=${session}` });
    expect([status, headers['task-id'], headers['transfer-encoding'], body.length]).toEqual([200, expect.stringMatching(/^OpaqueRef:/) as string, undefined, archive.length]);
    expect(await client.call('task.get_record', headers['task-id'] as Ref<'task'>)).toMatchObject({ status: 'success', progress: 1 });
  });

  it('comes back with everything but its addresses', async () => {
    const before = await client.call('VM.get_record', vm), { status, record, vms: [second] } = await bring(archive);
    expect([status, record.status, record.error_info]).toEqual([200, 'success', []]);
    const { uuid, name_label, name_description, memory_static_max, PV_kernel, power_state, VIFs, is_a_template } = await client.call('VM.get_record', second!);
    expect({ name_label, name_description, memory_static_max, PV_kernel, power_state, is_a_template }).toEqual({ name_label: 'travels', name_description: 'ünïcode & <tags>', memory_static_max: before.memory_static_max, PV_kernel: before.PV_kernel, power_state: 'Halted', is_a_template: false });
    expect(uuid).not.toBe(before.uuid);
    expect(VIFs.length).toBe(before.VIFs.length);
    for (const vif of VIFs) expect(await client.call('VIF.get_MAC', vif)).not.toBe(await client.call('VIF.get_MAC', before.VIFs[0]!));
    const [, copy] = await vbdsOf(second!), vdi = await client.call('VDI.get_record', copy!.VDI);
    expect(vdi).toMatchObject({ name_label: 'disk 1', name_description: 'words & <more>', virtual_size: 40 * MIB, other_config: { a: 'b' }, current_operations: {} });
    expect(await pattern(copy!.VDI, 'read -P 0x5a 5M 64k', 'read -P 0x77 39M 1M', 'read -P 0 0 5M', 'read -P 0 20M 4M')).not.toMatch(/failed/);
    expect(vdi.physical_utilisation).toBeLessThan(4 * MIB); // holes stay holes
    await expectWhole(host, client);
    await client.call('VM.start', second!, false, false);
    await client.call('VM.hard_shutdown', second!);
  });

  it('is restored with its uuid and addresses once it is lost, and not before', async () => {
    const uuid = await client.call('VM.get_uuid', vm), mac = await client.call('VIF.get_MAC', (await client.call('VM.get_VIFs', vm))[0]!);
    expect((await bring(archive, '&restore=true')).record).toMatchObject({ status: 'failure', error_info: ['DUPLICATE_VM', vm] });
    await client.call('VM.destroy', vm);
    const { vms: [restored] } = await bring(archive, '&restore=true');
    vm = restored!;
    disk = (await vbdsOf(vm))[1]!.VDI;
    expect([await client.call('VM.get_uuid', vm), await client.call('VIF.get_MAC', (await client.call('VM.get_VIFs', vm))[0]!)]).toEqual([uuid, mac]);
  });

  it.each(['true', 'zstd'])('travels compressed (%s)', async compression => {
    const { body } = await get(host, `/export?ref=${vm}&use_compression=${compression}&session_id=${session}`);
    expect(body.subarray(0, 2).toString('hex')).toBe(compression === 'zstd' ? '28b5' : '1f8b');
    const { record, vms: [second] } = await bring(body);
    expect(record.error_info).toEqual([]);
    expect(await pattern((await vbdsOf(second!))[1]!.VDI, 'read -P 0x5a 5M 64k', 'read -P 0x77 39M 1M')).not.toMatch(/failed/);
  });

  it('takes its snapshots along when it is asked to; one that goes alone becomes a VM', async () => {
    const snapshot = await client.call('VM.snapshot', vm, 'then', [] as never);
    await pattern(disk, 'write -P 0x11 5M 64k');
    const { body } = await get(host, `/export?ref=${vm}&include_snapshots=true&session_id=${session}`), { record, vms } = await bring(body);
    expect([record.error_info, vms.length]).toEqual([[], 1]);
    const [copy] = await client.call('VM.get_snapshots', vms[0]!);
    expect(await client.call('VM.get_record', copy!)).toMatchObject({ is_a_snapshot: true, name_label: 'then', snapshot_of: vms[0] });
    expect(await pattern((await vbdsOf(copy!))[1]!.VDI, 'read -P 0x5a 5M 64k')).not.toMatch(/failed/);
    expect(await pattern((await vbdsOf(vms[0]!))[1]!.VDI, 'read -P 0x11 5M 64k')).not.toMatch(/failed/);
    const alone = await bring((await get(host, `/export?ref=${snapshot}&session_id=${session}`)).body);
    expect(await client.call('VM.get_record', alone.vms[0]!)).toMatchObject({ is_a_snapshot: false, is_a_template: false, name_label: 'then', power_state: 'Halted' });
    expect(await pattern((await vbdsOf(alone.vms[0]!))[1]!.VDI, 'read -P 0x5a 5M 64k')).not.toMatch(/failed/);
    await expectWhole(host, client);
  });

  it('goes out while it runs only as a snapshot', async () => {
    await client.call('VM.start', vm, false, false);
    expect(JSON.parse((await get(host, `/export?ref=${vm}&session_id=${session}`)).body.toString())).toEqual(['VM_BAD_POWER_STATE', vm, 'halted', 'running']);
    const snapshot = await client.call('VM.snapshot', vm, 'running', [] as never), { body } = await get(host, `/export?ref=${snapshot}&session_id=${session}`);
    await client.call('VM.hard_shutdown', vm);
    expect((await bring(body)).record.error_info).toEqual([]);
  });

  it('is known by its metadata alone, where the disks are already', async () => {
    const { body } = await get(host, `/export_metadata?ref=${vm}&session_id=${session}`);
    const import_ = async (query: string) => { const before = await count(); const { status, body: said } = await put(host, `/import_metadata?session_id=${session}${query}`, body); return { status, said: said.toString(), made: (await count())[0]! - before[0]! }; };
    expect(await import_('&dry_run=true')).toMatchObject({ status: 200, made: 0 });
    expect((await import_('')).made).toBeGreaterThan(0);
    const second = Object.entries(await client.call('VM.get_all_records')).filter(([, { name_label, is_a_snapshot }]) => name_label === 'travels' && !is_a_snapshot).at(-1)![0] as Ref<'VM'>;
    expect((await vbdsOf(second))[1]!.VDI).toBe(disk);
    await client.call('VM.destroy', second);
  });
});

describe('an import', () => {
  it.skipIf(!fs.existsSync(SAMPLE))(`takes what XenServer 5.6 wrote in 2010 (needs ${SAMPLE})`, async () => {
    const { record, vms: [old] } = await bring(fs.readFileSync(SAMPLE));
    expect(record.error_info).toEqual([]);
    const { name_label, VIFs } = await client.call('VM.get_record', old!), networks = await Promise.all(VIFs.map(async vif => client.call('network.get_name_label', await client.call('VIF.get_network', vif))));
    expect([name_label, VIFs.length]).toEqual(['VM export', 3]);
    expect(new Set(networks).size).toBe(3);
    expect((await vbdsOf(old!)).map(({ type, empty, userdevice }) => ({ type, empty, userdevice }))).toEqual([{ type: 'Disk', empty: false, userdevice: '1' }, { type: 'CD', empty: true, userdevice: '3' }]);
  });

  it('does nothing on an empty body, and refuses chunks, strangers and places that are none', async () => {
    const before = await count();
    expect((await put(host, `/import?session_id=${session}`, Buffer.alloc(0))).status).toBe(200);
    const chunked = await put(host, `/import?session_id=${session}`, archive.subarray(0, 4096), { chunked: true });
    expect([chunked.status, JSON.parse(chunked.body.toString())]).toEqual([403, ['IMPORT_ERROR_CANNOT_HANDLE_CHUNKED']]);
    expect((await put(host, '/import', archive.subarray(0, 4096), { announced: 4096 })).status).toBe(401);
    expect((await get(host, `/export?ref=${vm}`)).status).toBe(401);
    expect((await get(host, `/export?ref=OpaqueRef:none&session_id=${session}`)).status).toBe(404);
    expect((await bring(archive, '&sr_id=OpaqueRef:none')).record.error_info).toEqual(['HANDLE_INVALID', 'SR', 'OpaqueRef:none']);
    expect(await count()).toEqual(before);
  });

  it('ends at the end mark, however much was announced, and takes a cut there as normal', async () => {
    const { record, vms } = await bring(Readable.from([archive]) as AsyncIterable<Buffer>, '', { announced: 2 ** 50, cut: true });
    expect([record.status, vms.length]).toEqual(['success', 1]);
    expect((await bring(Buffer.concat([archive, Buffer.alloc(8 * MIB)]))).record.status).toBe('success'); // padded to a tape's block
  });

  const members = (): number[] => {
    const found: number[] = [];
    for (let at = 0; archive[at] !== 0; found.push(at)) at += 512 + Math.ceil(parseInt(archive.toString('latin1', at + 124, at + 135), 8) / 512) * 512;
    return found;
  };
  it('that is cut short, damaged or a lie leaves nothing, and says what it was', async () => {
    const before = await count(), at = members();
    for (const cut of [at[1]!, at.at(-1)!, at[2]! + 700]) {
      expect((await bring(archive.subarray(0, cut), '', { announced: archive.length, cut: true })).record.error_info, `cut at ${cut}`).toEqual(['IMPORT_ERROR_PREMATURE_EOF']);
    }
    const damaged = Buffer.from(archive);
    damaged[at[2]! + 512 + 5]! ^= 1;
    expect((await bring(damaged)).record.error_info).toEqual(['IMPORT_ERROR_SOME_CHECKSUMS_FAILED']);
    const xml = (change: (text: string) => string): Buffer => {
      const changed = Buffer.from(change(archive.toString('utf8', 512, 512 + parseInt(archive.toString('latin1', 124, 135), 8)))), folder = fs.mkdtempSync(path.join(host.folder, 'ova-'));
      fs.writeFileSync(path.join(folder, 'ova.xml'), changed);
      return Buffer.concat([execFileSync('tar', ['cf', '-', '--format=ustar', '-b1', '-C', folder, 'ova.xml'], { maxBuffer: 64 * MIB }).subarray(0, 512 + Math.ceil(changed.length / 512) * 512), archive.subarray(at[0])]);
    };
    expect((await bring(xml(text => text.replace(/(<name>virtual_size<\/name><value>)\d+/, '$19007199254740000')))).record.error_info[0]).toBe('IMPORT_ERROR');
    expect((await bring(xml(text => text.replace(/(<name>virtual_size<\/name><value>)\d+/, '$160000000000000')))).record.error_info[0]).toBe('SR_FULL');
    expect((await bring(xml(text => text.replace(/(<name>xapi_minor<\/name><value>)\d+/, '$199')))).record.error_info).toEqual(['IMPORT_INCOMPATIBLE_VERSION']);
    expect((await bring(xml(text => text.replace(/Ref:/g, '../Ref:')))).record.error_info[0]).toBe('IMPORT_ERROR_UNEXPECTED_FILE');
    expect((await bring(xml(() => '<!DOCTYPE x [<!ENTITY a "aaaa">]><value>&a;</value>'))).record.error_info[0]).toBe('IMPORT_ERROR');
    expect(await count()).toEqual(before);
    await expectWhole(host, client);
  });

  it('is cancelled, with nothing left', async () => {
    const before = await count(), task = await client.call('task.create', 'import', '');
    const stalled = async function* (): AsyncGenerator<Buffer> {
      yield archive.subarray(0, archive.length >> 1);
      await client.until('task', task, record => record !== undefined && record.progress > 0);
      await client.call('task.cancel', task);
      await client.until('task', task, record => record?.status === 'cancelled');
    };
    await put(host, `/import?session_id=${session}&task_id=${task}`, stalled(), { announced: archive.length, cut: true });
    expect(await client.call('task.get_record', task)).toMatchObject({ status: 'cancelled', error_info: ['TASK_CANCELLED', task] });
    expect(await count()).toEqual(before);
  });
});

describe('an export', () => {
  it('ends with its client, and holds the VM only as long', async () => {
    const task = await client.call('task.create', 'export', ''), response = await open(host, `/export?ref=${vm}&session_id=${session}&task_id=${task}`);
    await client.until('VM', vm, record => Object.values(record?.current_operations ?? {}).includes('export'));
    await expect(client.call('VM.start', vm, false, false)).rejects.toMatchObject({ code: 'OTHER_OPERATION_IN_PROGRESS' });
    response.destroy();
    await client.until('task', task, record => record?.status === 'cancelled');
    await client.until('VM', vm, record => Object.keys(record?.current_operations ?? {}).length === 0);
    await client.call('VM.start', vm, false, false);
    await client.call('VM.hard_shutdown', vm);
  });
});
