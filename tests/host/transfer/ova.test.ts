import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Records, Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { TAR_END, tarHeader, tarPadding } from '../../../src/host/transfer/tar';
import { expectWhole } from '../service/wholeness';
import { get, put } from './http';

/* OVAs into a real host and out of it, over HTTPS: made by hand as other products make them, their disks by qemu-img. */

const MIB = 1024 * 1024;
let host: TestHost, client: TestClient, session: string, vmdk: Buffer;

beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  session = await host.login();
  const raw = path.join(host.folder, 'disk.raw'), converted = path.join(host.folder, 'disk.vmdk');
  fs.writeFileSync(raw, Buffer.alloc(16 * MIB));
  execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 0x5a 3M 200k', '-c', 'write -P 0x77 15M 1M', raw]);
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'vmdk', '-o', 'subformat=streamOptimized', raw, converted]);
  vmdk = fs.readFileSync(converted);
});
afterAll(async () => { await host?.dispose(); });

const tar = (members: readonly (readonly [string, Buffer | string])[]): Buffer => Buffer.concat([...members.flatMap(([name, content]) => { const bytes = Buffer.from(content as string); return [tarHeader(name, bytes.length), bytes, tarPadding(bytes.length)]; }), TAR_END]);
const item = (kind: number, fields: Readonly<Record<string, string | number>>): string => `<Item>${Object.entries({ ...fields, ResourceType: kind }).map(([name, value]) => `<rasd:${name}>${value}</rasd:${name}>`).join('')}</Item>`;
/** Two machines, one with two disks whose files come the other way round. */
const OVF = (capacity = 16 * MIB): string => `<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="r">
  <References><File ovf:id="f1" ovf:href="b.vmdk"/><File ovf:id="f2" ovf:href="a.vmdk"/></References>
  <DiskSection>${[['d1', 'f1'], ['d2', 'f2']].map(([id, file]) => `<Disk ovf:diskId="${id}" ovf:fileRef="${file}" ovf:capacity="${capacity}"/>`).join('')}<Disk ovf:diskId="blank" ovf:capacity="1" ovf:capacityAllocationUnits="MegaBytes"/></DiskSection>
  <NetworkSection><Network ovf:name="lab net"><Description>of the lab</Description></Network></NetworkSection>
  <VirtualSystemCollection ovf:id="both">
    <VirtualSystem ovf:id="first"><OperatingSystemSection ovf:id="1"><Description>Windows2019_64</Description></OperatingSystemSection><VirtualHardwareSection>
      ${item(3, { InstanceID: 1, VirtualQuantity: 2 })}${item(4, { InstanceID: 2, VirtualQuantity: 512, AllocationUnits: 'byte * 2^20' })}${item(6, { InstanceID: 3 })}${item(15, { InstanceID: 4 })}
      ${item(17, { InstanceID: 6, Parent: 3, AddressOnParent: 1, HostResource: '/disk/d2' })}${item(17, { InstanceID: 5, Parent: 3, AddressOnParent: 0, HostResource: '/disk/d1' })}
      ${item(10, { InstanceID: 7, Connection: 'lab net', Address: '00:50:56:01:02:03' })}${item(10, { InstanceID: 8, Connection: 'lab net' })}
      <vmw:Config xmlns:vmw="w" vmw:key="firmware" vmw:value="efi"/></VirtualHardwareSection></VirtualSystem>
    <VirtualSystem ovf:id="second"><VirtualHardwareSection>${item(17, { InstanceID: 1, HostResource: 'ovf:/disk/blank' })}</VirtualHardwareSection></VirtualSystem>
  </VirtualSystemCollection></Envelope>`;
const ova = (ovf = OVF(), manifest = ['a.vmdk', 'b.vmdk'].map(name => `SHA256(${name})= ${createHash('sha256').update(vmdk).digest('hex')}\n`).join('')): Buffer => tar([['both.ovf', ovf], ['a.vmdk', vmdk], ['b.vmdk', vmdk], ['both.mf', manifest]]);

const bring = async (body: Buffer, query = ''): Promise<{ record: Records['task']; vms: Ref<'VM'>[] }> => {
  const task = await client.call('task.create', 'import', '');
  await put(host, `/import?session_id=${session}&task_id=${task}${query}`, body);
  const record = await client.call('task.get_record', task);
  return { record, vms: [...record.result.matchAll(/OpaqueRef:[-0-9a-f]{36}/g)].map(([ref]) => ref as Ref<'VM'>) };
};
const vbdsOf = async (of: Ref<'VM'>): Promise<Records['VBD'][]> => (await Promise.all((await client.call('VM.get_VBDs', of)).map(vbd => client.call('VBD.get_record', vbd)))).sort((a, b) => Number(a.userdevice) - Number(b.userdevice));
const pattern = async (vdi: Ref<'VDI'>, ...commands: readonly string[]): Promise<string> =>
  execFileSync('qemu-io', ['-r', '-U', '-f', 'qcow2', ...commands.flatMap(command => ['-c', command]), execFileSync('find', [host.data, '-name', `${await client.call('VDI.get_uuid', vdi)}*.qcow2`], { encoding: 'utf8' }).trim()], { encoding: 'utf8' });
const count = async (): Promise<readonly number[]> => Promise.all((['VM', 'VDI', 'VBD', 'VIF', 'network'] as const).map(async cls => Object.keys(await client.call(`${cls}.get_all_records` as 'VM.get_all_records')).length));

it('an OVA becomes its VMs, goes out again, and comes back the same', async () => {
  const { record, vms: [first, second] } = await bring(ova());
  expect([record.status, record.error_info]).toEqual(['success', []]);
  const vm = await client.call('VM.get_record', first!);
  expect(vm).toMatchObject({ name_label: 'first', VCPUs_max: 2, memory_static_max: 512 * MIB, HVM_boot_policy: 'BIOS order', HVM_boot_params: { order: 'cd', firmware: 'uefi' }, platform: { viridian: 'true' }, power_state: 'Halted' });
  const vbds = await vbdsOf(first!);
  expect(vbds.map(({ type, userdevice, bootable }) => [type, userdevice, bootable])).toEqual([['Disk', '0', true], ['Disk', '1', false], ['CD', '3', false]]);
  for (const { VDI: vdi } of vbds.slice(0, 2)) expect(await pattern(vdi, 'read -P 0x5a 3M 200k', 'read -P 0x77 15M 1M', 'read -P 0 0 3M', 'read -P 0 4M 11M')).not.toMatch(/failed/);
  expect(await client.call('VDI.get_virtual_size', (await vbdsOf(second!))[0]!.VDI)).toBe(MIB);
  const networks = await Promise.all(vm.VIFs.map(vif => client.call('VIF.get_network', vif)));
  expect([networks.length, new Set(networks).size, await client.call('network.get_name_label', networks[0]!)]).toEqual([2, 1, 'lab net']);
  const { body, headers, status } = await get(host, `/export?ref=${first}&format=ova&session_id=${session}`);
  expect([status, Number(headers['content-length'])]).toEqual([200, body.length]);
  const back = await bring(body, `&restore=true`);
  expect(back.record.error_info).toEqual([]);
  expect(await client.call('VM.get_record', back.vms[0]!)).toMatchObject({ name_label: 'first', VCPUs_max: 2, memory_static_max: 512 * MIB, HVM_boot_params: vm.HVM_boot_params, platform: vm.platform, other_config: vm.other_config });
  expect((await vbdsOf(back.vms[0]!)).map(({ type, userdevice, bootable }) => [type, userdevice, bootable])).toEqual([['Disk', '0', true], ['Disk', '1', false], ['CD', '3', false]]);
  expect(await pattern((await vbdsOf(back.vms[0]!))[1]!.VDI, 'read -P 0x5a 3M 200k', 'read -P 0x77 15M 1M')).not.toMatch(/failed/);
  await expectWhole(host, client);
});

it('what is no whole OVA leaves nothing, and says what it was', async () => {
  const before = await count(), refused = async (body: Buffer): Promise<readonly string[]> => (await bring(body)).record.error_info;
  expect(await refused(ova(undefined, `SHA256(a.vmdk)= ${'0'.repeat(64)}\n`))).toEqual(['IMPORT_ERROR_SOME_CHECKSUMS_FAILED']);
  expect(await refused(tar([['both.ovf', OVF()], ['a.vmdk', vmdk]]))).toEqual(['IMPORT_ERROR_UNEXPECTED_FILE', 'b.vmdk', 'the end of the archive']);
  expect(await refused(tar([['both.ovf', OVF()], ['a.vmdk', vmdk], ['../b.vmdk', vmdk]]))).toEqual(['IMPORT_ERROR', expect.stringMatching(/no file beside its OVF/) as string]);
  expect((await refused(ova(OVF(2 ** 60))))[0]).toBe('IMPORT_ERROR');
  expect((await refused(ova(OVF().replaceAll('HostResource>/disk/d2', 'HostResource>/disk/d1'))))[0]).toBe('VALUE_NOT_SUPPORTED');
  expect(await refused(ova(`<!DOCTYPE x [<!ENTITY a "a">]>${OVF()}`))).toEqual(['IMPORT_ERROR', expect.stringMatching(/document type/) as string]);
  const link = Buffer.from(tarHeader('b.vmdk', 0));
  link.write('2', 156);
  link.write('/etc/passwd', 157);
  link.write('        ', 148);
  link.write(`${[...link].reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  expect(await refused(Buffer.concat([tar([['both.ovf', OVF()], ['a.vmdk', vmdk]]).subarray(0, -TAR_END.length), link, TAR_END]))).toEqual(['IMPORT_ERROR', expect.stringMatching(/no file: "b\.vmdk"/) as string]);
  const cut = ova();
  const task = await client.call('task.create', 'import', '');
  await put(host, `/import?session_id=${session}&task_id=${task}`, cut.subarray(0, cut.length >> 1), { announced: cut.length, cut: true });
  await client.until('task', task, record => record !== undefined && record.status !== 'pending');
  expect(await client.call('task.get_error_info', task)).toEqual(['IMPORT_ERROR_PREMATURE_EOF']);
  // Room for either of its disks, not for both: told before the first is begun.
  const { bavail, bsize } = fs.statfsSync(host.data), most = Math.floor(bavail * bsize * 1.3), large = await client.call('task.create', 'import', '');
  await put(host, `/import?session_id=${session}&task_id=${large}`, ova(OVF(Math.floor(bavail * bsize * 0.7))).subarray(0, 64 * 1024), { announced: most, cut: true });
  await client.until('task', large, record => record !== undefined && record.status !== 'pending');
  expect((await client.call('task.get_error_info', large)).slice(0, 2)).toEqual(['SR_FULL', String(most)]);
  expect((await get(host, `/export?ref=${Object.keys(await client.call('VM.get_all_records'))[0]}&format=box&session_id=${session}`)).status).toBe(400);
  expect(await count()).toEqual(before);
  await expectWhole(host, client);
});
