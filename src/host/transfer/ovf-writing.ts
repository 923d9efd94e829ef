import { escapeXml } from '../../shared/lib/xml-value';
import type { Envelope, OvfMachine } from './contract';

/* The OVF descriptor of VMs, version 1: what VirtualBox, VMware and virt-v2v read. Controllers come before what hangs on them; firmware is said in VMware's words,
 * since OVF 1 has none. */

const SCHEMAS = {
  '': 'http://schemas.dmtf.org/ovf/envelope/1', 'ovf': 'http://schemas.dmtf.org/ovf/envelope/1', 'vmw': 'http://www.vmware.com/schema/ovf', 'xsi': 'http://www.w3.org/2001/XMLSchema-instance',
  'rasd': 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData', 'vssd': 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData',
};
const STREAM_OPTIMISED = 'http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized', MIB = 1024 ** 2;

export interface WrittenFile { id: string; href: string; sizeBytes: number }

export const envelopeText = ({ machines, disks, networks }: Omit<Envelope, 'files'>, files: readonly WrittenFile[]): string => {
  const file = (id: string): WrittenFile | undefined => files.find(each => each.id === id);
  return ['<?xml version="1.0" encoding="UTF-8"?>', ...element('Envelope', { ...Object.fromEntries(Object.entries(SCHEMAS).map(([prefix, uri]) => [prefix === '' ? 'xmlns' : `xmlns:${prefix}`, uri])), 'ovf:version': '1.0' }, [
    ...element('References', {}, files.flatMap(({ id, href, sizeBytes }) => element('File', { 'ovf:id': `file-${id}`, 'ovf:href': href, 'ovf:size': String(sizeBytes) }))),
    ...element('DiskSection', {}, [...words('Info', 'Virtual disks'), ...disks.flatMap(({ id, capacityBytes }) => element('Disk', {
      'ovf:diskId': id, 'ovf:capacity': String(capacityBytes), 'ovf:capacityAllocationUnits': 'byte', ...(file(id) ? { 'ovf:fileRef': `file-${id}` } : {}), 'ovf:format': STREAM_OPTIMISED,
    }))]),
    ...element('NetworkSection', {}, [...words('Info', 'Networks'), ...networks.flatMap(({ name, description }) => element('Network', { 'ovf:name': name }, words('Description', description)))]),
    ...machines.flatMap(machineText),
  ]), ''].join('\n');
};

const machineText = (machine: OvfMachine): readonly string[] => {
  let instance = 0;
  const item = (kind: number, name: string, more: Readonly<Record<string, string>>): { id: string; lines: readonly string[] } => {
    const id = String(++instance), fields: Readonly<Record<string, string>> = { ...more, ElementName: name, InstanceID: id, ResourceType: String(kind) };
    // The schema wants them in the order of their names.
    return { id, lines: element('Item', {}, Object.keys(fields).sort().flatMap(field => words(`rasd:${field}`, fields[field] ?? ''))) };
  };
  const cpu = item(3, `${machine.vcpus} virtual CPU(s)`, { VirtualQuantity: String(machine.vcpus), AllocationUnits: 'hertz * 10^6', Description: 'Number of Virtual CPUs' });
  const memory = item(4, 'Memory', { VirtualQuantity: String(Math.round((machine.memoryBytes ?? 0) / MIB)), AllocationUnits: 'byte * 2^20', Description: 'Memory Size' });
  const scsi = item(6, 'SCSI controller', { Address: '0', ResourceSubType: 'lsilogic' }), ide = item(5, 'IDE controller', { Address: '0' });
  let place = 0, discs = 0;
  const drives = machine.drives.map(drive => (drive.kind === 'CD'
    ? item(15, `CD drive ${discs}`, { Parent: ide.id, AddressOnParent: String(discs++), AutomaticAllocation: 'false' })
    : item(17, `Hard disk ${place}`, { Parent: scsi.id, AddressOnParent: String(skipSelf(place++)), HostResource: `ovf:/disk/${drive.disk}` })));
  const cards = machine.nics.map(({ network, mac }, i) => item(10, `Network card ${i}`, { Connection: network, Address: mac, AddressOnParent: String(i), AutomaticAllocation: 'true', ResourceSubType: 'E1000' }));
  const config = (key: string, value: string): readonly string[] => element('vmw:Config', { 'ovf:required': 'false', 'vmw:key': key, 'vmw:value': value });
  return element('VirtualSystem', { 'ovf:id': machine.name || 'vm' }, [
    ...words('Info', 'A virtual machine'), ...words('Name', machine.name),
    ...element('OperatingSystemSection', { 'ovf:id': String(machine.os.id) }, [...words('Info', 'The installed operating system'), ...words('Description', machine.os.description)]),
    ...(machine.description === '' ? [] : element('AnnotationSection', {}, [...words('Info', 'A description'), ...words('Annotation', machine.description)])),
    ...element('VirtualHardwareSection', {}, [
      ...words('Info', 'Virtual hardware'),
      ...element('System', {}, [...words('vssd:ElementName', 'Virtual Hardware Family'), ...words('vssd:InstanceID', '0'), ...words('vssd:VirtualSystemIdentifier', machine.name), ...words('vssd:VirtualSystemType', 'vmx-10')]),
      ...withCores(cpu.lines, machine.coresPerSocket), ...memory.lines, ...scsi.lines, ...ide.lines, ...drives.flatMap(({ lines }) => lines), ...cards.flatMap(({ lines }) => lines),
      ...(machine.firmware === 'uefi' ? config('firmware', 'efi') : []), ...(machine.secureBoot ? config('bootOptions.efiSecureBootEnabled', 'true') : []),
    ]),
  ]);
};

/** The controller is at the seventh place itself. */
const skipSelf = (place: number): number => (place < 7 ? place : place + 1);
/** VMware's field comes after all others. */
const withCores = (cpu: readonly string[], cores: number | undefined): readonly string[] => (cores === undefined ? cpu : [...cpu.slice(0, -1), `  <vmw:CoresPerSocket ovf:required="false">${cores}</vmw:CoresPerSocket>`, ...cpu.slice(-1)]);

const words = (name: string, text: string): readonly string[] => (text === '' ? [] : [`<${name}>${escapeXml(text)}</${name}>`]);
const element = (name: string, attributes: Readonly<Record<string, string>>, content: readonly string[] = []): readonly string[] => {
  const tag = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escapeXml(value).replaceAll('"', '&quot;')}"`)].join(' ');
  return content.length === 0 ? [`<${tag}/>`] : [`<${tag}>`, ...content.map(line => `  ${line}`), `</${name}>`];
};
