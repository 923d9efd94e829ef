import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryDisk } from '../../../tests/fixtures/memory-disk';
import { TAR_END, tarHeader, tarPadding } from './tar';
import type { Envelope, OvaReading } from './contract';
import { createTransfer } from './index';
import { readEnvelope } from './ovf-reading';

/* OVAs as others make them, their disks by qemu-img; and ours, read by qemu-img and tar. */

const MIB = 1024 * 1024, SIZE = 40 * MIB, signal = new AbortController().signal, quiet = { signal, progress: () => {} };
let folder: string, disk: MemoryDisk, vmdk: Buffer;
const transfer = createTransfer({ folder: path.join(os.tmpdir(), `ova-spool-${process.pid}`) });
const file = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ova-'));
  disk = new MemoryDisk(SIZE);
  for (const [at, fill, length] of [[0, 0x11, 65_536], [5 * MIB, 0x22, 3 * MIB], [33 * MIB, 0x44, 9000], [SIZE - 512, 0x33, 512]] as const) await disk.write(at, Buffer.alloc(length, fill));
  fs.writeFileSync(file('disk.raw'), disk.bytes());
  vmdk = converted('vmdk', 'subformat=streamOptimized');
});
afterAll(() => { for (const each of [folder, path.join(os.tmpdir(), `ova-spool-${process.pid}`)]) fs.rmSync(each, { recursive: true, force: true }); });

const converted = (format: string, ...options: readonly string[]): Buffer => {
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, ...options.flatMap(option => ['-o', option]), file('disk.raw'), file('converted')]);
  return fs.readFileSync(file('converted'));
};
const tar = (members: readonly (readonly [string, Buffer | string])[]): Buffer => Buffer.concat([...members.flatMap(([name, content]) => { const bytes = Buffer.from(content as string); return [tarHeader(name, bytes.length), bytes, tarPadding(bytes.length)]; }), TAR_END]);
const sum = (bytes: Buffer | string, algorithm = 'sha1'): string => createHash(algorithm).update(bytes).digest('hex');
async function* inPieces(bytes: Buffer, size = 70_001): AsyncGenerator<Buffer> { for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size)); }
const opened = async (bytes: Buffer, ignoreChecksums = false): Promise<OvaReading> => await transfer.readArchive(inPieces(bytes), { ignoreChecksums, signal }) as OvaReading;

/** Everything that an import reads. */
const taken = async (bytes: Buffer, ignoreChecksums = false): Promise<{ envelope: Envelope; disks: Map<string, Buffer> }> => {
  const reading = await opened(bytes, ignoreChecksums), disks = new Map<string, Buffer>();
  try {
    for (const _ of reading.envelope.disks.filter(({ href }) => href !== undefined)) {
      const next = await reading.nextDisk(signal);
      if (!next) break;
      const into = new MemoryDisk(next.reading.sizeBytes);
      try { await next.reading.fill(into, quiet); await next.finish(); } finally { await next.reading.release(); }
      disks.set(next.href, into.bytes());
    }
    await reading.end();
  } finally { await reading.release(); }
  return { envelope: reading.envelope, disks };
};
const failure = (work: Promise<unknown>): Promise<{ kind: string; message: string }> => work.then(() => { throw new Error('it was taken'); }, (error: unknown) => ({ kind: (error as { kind: string }).kind, message: (error as Error).message }));

/** In VirtualBox's manner: a manifest at the end, EFI in an element of its own. */
const VIRTUALBOX = (hrefs: readonly string[] = ['box-disk001.vmdk']): string => `<?xml version="1.0"?>
<Envelope ovf:version="1.0" xml:lang="en-US" xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="r" xmlns:vssd="v" xmlns:vbox="http://www.virtualbox.org/ovf/machine">
  <References>${hrefs.map((href, i) => `<File ovf:id="file${i + 1}" ovf:href="${href}"/>`).join('')}</References>
  <DiskSection><Info>disks</Info>${hrefs.map((_, i) => `<Disk ovf:capacity="${SIZE}" ovf:diskId="vmdisk${i + 1}" ovf:fileRef="file${i + 1}" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized" vbox:uuid="x"/>`).join('')}</DiskSection>
  <NetworkSection><Info>networks</Info><Network ovf:name="NAT"><Description>Logical network used by this appliance.</Description></Network></NetworkSection>
  <VirtualSystem ovf:id="box"><Info>A virtual machine</Info>
    <OperatingSystemSection ovf:id="96"><Info>the OS</Info><Description>Debian_64</Description><vbox:OSType ovf:required="false">Debian_64</vbox:OSType></OperatingSystemSection>
    <VirtualHardwareSection><Info>hardware</Info>
      <System><vssd:ElementName>Virtual Hardware Family</vssd:ElementName><vssd:InstanceID>0</vssd:InstanceID><vssd:VirtualSystemIdentifier>box</vssd:VirtualSystemIdentifier></System>
      <Item><rasd:Caption>3 virtual CPU</rasd:Caption><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>3</rasd:VirtualQuantity></Item>
      <Item><rasd:AllocationUnits>MegaBytes</rasd:AllocationUnits><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>2048</rasd:VirtualQuantity></Item>
      <Item><rasd:Address>0</rasd:Address><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceSubType>AHCI</rasd:ResourceSubType><rasd:ResourceType>20</rasd:ResourceType></Item>
      <Item><rasd:AddressOnParent>1</rasd:AddressOnParent><rasd:InstanceID>4</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>15</rasd:ResourceType></Item>
      ${hrefs.map((_, i) => `<Item><rasd:AddressOnParent>${hrefs.length - i + 1}</rasd:AddressOnParent><rasd:HostResource>/disk/vmdisk${i + 1}</rasd:HostResource><rasd:InstanceID>${10 + i}</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>`).join('')}
      <Item><rasd:AutomaticAllocation>true</rasd:AutomaticAllocation><rasd:Connection>NAT</rasd:Connection><rasd:InstanceID>6</rasd:InstanceID><rasd:ResourceType>10</rasd:ResourceType></Item>
    </VirtualHardwareSection>
    <vbox:Machine ovf:required="false" name="box"><Hardware><Firmware type="EFI"/></Hardware></vbox:Machine>
  </VirtualSystem>
</Envelope>`;
const box = (members: readonly (readonly [string, Buffer | string])[] = [['box-disk001.vmdk', vmdk]], ovf = VIRTUALBOX(), manifest = [['box.ovf', ovf] as const, ...members].map(([name, bytes]) => `SHA1(${name})= ${sum(bytes)}\n`).join('')): Buffer => tar([['box.ovf', ovf], ...members, ['box.mf', manifest]]);

describe('an OVA', () => {
  it('as VirtualBox makes it is read', async () => {
    const { envelope, disks } = await taken(box());
    expect(disks.get('box-disk001.vmdk')?.equals(disk.bytes())).toBe(true);
    expect(envelope.machines).toEqual([{
      name: 'box', description: '', vcpus: 3, coresPerSocket: undefined, memoryBytes: 2048 * MIB, firmware: 'uefi', secureBoot: false, os: { id: 96, description: 'Debian_64' },
      drives: [{ kind: 'CD' }, { kind: 'Disk', disk: 'vmdisk1' }], nics: [{ network: 'NAT', mac: '' }],
    }]);
  });

  it('as VMware makes it is read: the manifest first, units as powers, words by their names, a second configuration left out', async () => {
    const ovf = `<?xml version="1.0" encoding="UTF-8"?><Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="r" xmlns:vmw="http://www.vmware.com/schema/ovf">
      <References><File ovf:href="vm-1.vmdk" ovf:id="f1" ovf:size="${vmdk.length}"/><File ovf:href="vm.nvram" ovf:id="f2"/></References>
      <DiskSection><Disk ovf:capacity="40" ovf:capacityAllocationUnits="byte * 2^20" ovf:diskId="d1" ovf:fileRef="f1"/><Disk ovf:capacity="2" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="blank"/></DiskSection>
      <DeploymentOptionSection><Configuration ovf:id="small"/><Configuration ovf:id="large" ovf:default="true"/></DeploymentOptionSection>
      <VirtualSystem ovf:id="vm"><Name ovf:msgid="the.name">unnamed</Name><AnnotationSection><Annotation>Bücher &amp; more</Annotation></AnnotationSection>
        <OperatingSystemSection ovf:id="1" vmw:osType="windows2019srv_64Guest"><Info/></OperatingSystemSection>
        <VirtualHardwareSection><Info/>
          <Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>8</rasd:VirtualQuantity><vmw:CoresPerSocket ovf:required="false">4</vmw:CoresPerSocket></Item>
          <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>512</rasd:VirtualQuantity></Item>
          <Item ovf:configuration="large"><rasd:AllocationUnits>byte * 2^30</rasd:AllocationUnits><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>4</rasd:VirtualQuantity></Item>
          <Item ovf:configuration="small"><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>1</rasd:VirtualQuantity></Item>
          <Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceType>6</rasd:ResourceType></Item>
          <Item><rasd:AddressOnParent>1</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/blank</rasd:HostResource><rasd:InstanceID>9</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
          <Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/d1</rasd:HostResource><rasd:InstanceID>8</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
          <Item><rasd:Address>00:50:56:aa:bb:cc</rasd:Address><rasd:Connection>VM Network</rasd:Connection><rasd:InstanceID>11</rasd:InstanceID><rasd:ResourceType>10</rasd:ResourceType></Item>
          <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="efi"/><vmw:Config vmw:key="bootOptions.efiSecureBootEnabled" vmw:value="true"/>
        </VirtualHardwareSection></VirtualSystem>
      <Strings xml:lang="en-US"><Msg ovf:msgid="the.name">web 01</Msg></Strings></Envelope>`;
    const { envelope: { machines, disks: [, blank] }, disks } = await taken(tar([['./vm.ovf', ovf], ['./vm.mf', `SHA256(vm.ovf)= ${sum(ovf, 'sha256')}\r\nSHA256(vm-1.vmdk)= ${sum(vmdk, 'sha256')}\r\nSHA256(vm.nvram)= ${sum('x', 'sha256')}\r\n`], ['./vm-1.vmdk', vmdk], ['./vm.nvram', 'x']]));
    expect(disks.get('vm-1.vmdk')?.equals(disk.bytes())).toBe(true);
    expect(blank).toMatchObject({ href: undefined, capacityBytes: 2 * 1024 * MIB });
    expect(machines).toEqual([{
      name: 'web 01', description: 'Bücher & more', vcpus: 8, coresPerSocket: 4, memoryBytes: 4096 * MIB, firmware: 'uefi', secureBoot: true, os: { id: 1, description: 'windows2019srv_64Guest' },
      drives: [{ kind: 'Disk', disk: 'd1' }, { kind: 'Disk', disk: 'blank' }], nics: [{ network: 'VM Network', mac: '00:50:56:aa:bb:cc' }],
    }]);
  });

  it.each([['a.qcow2', 'qcow2', []], ['a.vhd', 'vpc', ['subformat=dynamic', 'force_size=on']], ['a.raw', 'raw', []], ['a.vmdk', 'vmdk', ['subformat=monolithicSparse']]] as const)('may hold its disks in other formats: %s', async (href, format, options) => {
    const bytes = converted(format, ...options), { disks } = await taken(box([[href, bytes]], VIRTUALBOX([href]), ''));
    expect(disks.get(href)?.equals(disk.bytes())).toBe(true);
  });

  it('that we write has the length that was said before, and is one to tar and qemu-img', async () => {
    const machine = readEnvelope(VIRTUALBOX()).machines[0]!, envelope = { machines: [{ ...machine, name: 'web <1> & "two"', coresPerSocket: 3, secureBoot: true }], disks: [{ id: 'vmdisk1', href: undefined, capacityBytes: SIZE, format: '' }], networks: [{ name: 'NAT', description: '' }] };
    const writing = await transfer.writeOva('web', envelope, [{ id: 'vmdisk1', open: () => { disk.opened++; return Promise.resolve(disk); } }]), chunks: Buffer[] = [];
    for await (const chunk of writing.bytes(signal)) chunks.push(chunk);
    await writing.close();
    const bytes = Buffer.concat(chunks);
    expect([bytes.length, disk.opened]).toEqual([writing.lengthBytes, 0]);
    execFileSync('tar', ['xf', '-', '-C', folder], { input: bytes });
    expect(execFileSync('qemu-img', ['compare', file('disk.raw'), file('web-disk1.vmdk')], { encoding: 'utf8' })).toMatch(/identical/);
    expect(execFileSync('sha256sum', ['-c', '-'], { cwd: folder, input: fs.readFileSync(file('web.mf'), 'utf8').replace(/^SHA256\((.*)\)= (.*)$/gm, '$2  $1'), encoding: 'utf8' })).toMatch(/web-disk1\.vmdk: OK/);
    const again = await taken(bytes);
    expect(again.disks.get('web-disk1.vmdk')?.equals(disk.bytes())).toBe(true);
    const [back] = again.envelope.machines;
    expect(back).toEqual({ ...envelope.machines[0], drives: [{ kind: 'Disk', disk: 'vmdisk1' }, { kind: 'CD' }] });
  });
});

describe('what is no whole OVA', () => {
  it.each([
    ['an entity', () => box([], `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Envelope>&b;</Envelope>`), 'malformed', /document type/],
    ['a file elsewhere', () => box([], VIRTUALBOX(['../../etc/passwd'])), 'malformed', /could lie beside it/],
    ['an address', () => box([], VIRTUALBOX(['http://127.0.0.1/disk.vmdk'])), 'malformed', /could lie beside it/],
    ['a member elsewhere', () => box([['../box-disk001.vmdk', vmdk]]), 'malformed', /no file beside its OVF/],
    ['no machine', () => box([], '<Envelope/>'), 'malformed', /no virtual machine/],
    ['text that is no XML', () => box([], 'Envelope'), 'malformed', /./],
    ['deep nesting', () => box([], '<a>'.repeat(1000)), 'too-large', /too many elements/],
    ['another checksum', () => box(undefined, undefined, `SHA1(box-disk001.vmdk)= ${'0'.repeat(40)}\n`), 'checksum', /box-disk001/],
    ['a checksum of nothing', () => box(undefined, undefined, `SHA1(other.vmdk)= ${'0'.repeat(40)}\n`), 'unexpected-file', /other\.vmdk is missing/],
    ['a disk twice', () => box([['box-disk001.vmdk', vmdk], ['box-disk001.vmdk', vmdk]]), 'unexpected-file', /twice/],
    ['a disk of nothing', () => box([['box-disk001.vmdk', 'nonsense']]), 'malformed', /no disk in a format/],
    ['a description of a disk', () => box([['box-disk001.vmdk', '# Disk DescriptorFile\nRW 1 FLAT "/etc/passwd" 0\n']]), 'unsupported', /another file/],
    ['half a disk', () => box([['box-disk001.vmdk', vmdk.subarray(0, vmdk.length >> 1)]], undefined, ''), 'premature-eof', /./],
    ['the half of it', () => box().subarray(0, box().length >> 1), 'premature-eof', /./],
  ])('is refused: %s', async (_name, make, kind, words) => {
    const refused = await failure(taken(make()));
    expect(refused).toMatchObject({ kind, message: expect.stringMatching(words) as string });
  });

  it('damaged in a grain is refused, and one that lies about its place or its length', async () => {
    const changed = (change: (bytes: Buffer) => void): Buffer => { const bytes = Buffer.from(vmdk); change(bytes); return box([['box-disk001.vmdk', bytes]], undefined, ''); }, grainAt = 128 * 512;
    expect((await failure(taken(changed(bytes => { bytes[grainAt + 20]! ^= 0xff; })))).kind).toBe('checksum');
    expect((await failure(taken(changed(bytes => { bytes.writeBigUInt64LE(2n ** 40n, grainAt); })))).kind).toBe('malformed');
    expect((await failure(taken(changed(bytes => { bytes.writeUInt32LE(2 ** 31, grainAt + 8); })))).kind).toBe('malformed');
    expect((await failure(taken(changed(bytes => { bytes.writeBigUInt64LE(2n ** 63n, 12); })))).kind).toBe('malformed');
  });

  it('is taken all the same where its checksums do not count', async () => {
    expect((await taken(box(undefined, undefined, `SHA1(box-disk001.vmdk)= ${'0'.repeat(40)}\n`), true)).disks.size).toBe(1);
  });
});
