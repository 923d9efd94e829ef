import { isFileBeside } from '../../shared/lib/file-beside';
import { TransferError, type Envelope, type OvfDisk, type OvfDrive, type OvfFile, type OvfMachine } from './contract';
import { below, childOf, childrenOf, readTree, textOf, type XmlElement } from './xml-tree';

/* What an OVF descriptor says: of versions 1 and 2, as VirtualBox, VMware and others write it. What this host has no use for is passed over; what the machines
 * cannot do without is asked for. Source: DMTF's DSP0243. */

/** CIM's kinds of devices. */
const KIND = { cpu: '3', memory: '4', controllers: ['5', '6', '20'], nic: '10', cd: ['15', '16'], disk: '17' };
const MACHINES_MAX = 100, DISKS_MAX = 1000, MIB = 1024 ** 2;

export const readEnvelope = (xml: string): Envelope => {
  const envelope = readTree(xml, 'the OVF');
  if (envelope.name !== 'Envelope') throw malformed('it has no envelope');
  const strings = stringsOf(envelope), files = childrenOf(childOf(envelope, 'References') ?? envelope, 'File').map(fileOf), byId = new Map(files.map(file => [file.id, file]));
  const disks = childrenOf(childOf(envelope, 'DiskSection') ?? envelope, 'Disk').map(disk => diskOf(disk, byId));
  const options = childrenOf(childOf(envelope, 'DeploymentOptionSection') ?? envelope, 'Configuration'), option = (options.find(({ attributes }) => attributes['default'] === 'true') ?? options[0])?.attributes['id'];
  const systems = below(envelope).filter(({ name }) => name === 'VirtualSystem');
  if (systems.length === 0) throw malformed('there is no virtual machine in it');
  if (systems.length > MACHINES_MAX || disks.length > DISKS_MAX) throw new TransferError('too-large', `the OVF describes ${systems.length} machines and ${disks.length} disks`);
  const networks = childrenOf(childOf(envelope, 'NetworkSection') ?? envelope, 'Network').map(network => ({ name: network.attributes['name'] ?? '', description: textOf(network, 'Description') }));
  return { machines: systems.map(system => machineOf(system, { option, strings, disks, files })), disks, networks, files };
};

const malformed = (what: string): TransferError => new TransferError('malformed', `the OVF: ${what}`);

const fileOf = ({ attributes: { id = '', href = '', chunkSize, compression = '' } }: XmlElement): OvfFile => {
  if (href.length > 1000 || !isFileBeside(href)) throw malformed(`the file ${JSON.stringify(href.slice(0, 200))} is not one that could lie beside it`);
  if (chunkSize !== undefined) throw new TransferError('unsupported', `${href} is cut into several files: join them first`);
  if (!['', 'identity', 'gzip'].includes(compression)) throw new TransferError('unsupported', `${href} is compressed by ${compression.slice(0, 100)}`);
  return { id, href, isGzip: compression === 'gzip' };
};

const diskOf = ({ attributes: { diskId = '', fileRef, capacity = '', capacityAllocationUnits = 'byte', parentRef, format = '' } }: XmlElement, files: ReadonlyMap<string, OvfFile>): OvfDisk => {
  if (parentRef !== undefined) throw new TransferError('unsupported', `the disk ${diskId} is only the difference to another: export a consolidated machine`);
  const file = fileRef === undefined ? undefined : files.get(fileRef);
  if (fileRef !== undefined && !file) throw malformed(`the disk ${diskId} names the file ${fileRef}, which is not listed`);
  const capacityBytes = Number(capacity) * unitOf(capacityAllocationUnits);
  // In `${a property}` only a person could say how large.
  if (!file && !(capacityBytes > 0)) throw malformed(`the disk ${diskId} has no size`);
  return { id: diskId, href: file?.href, capacityBytes: Number.isFinite(capacityBytes) ? capacityBytes : 0, format };
};

/** `byte * 2^20`, and the words that older programs have. */
const unitOf = (text: string): number => {
  const power = /^byte\s*\*\s*2\^(\d{1,2})$/.exec(text.trim())?.[1], word = /^(kilo|mega|giga|tera|k|m|g|t)?b(?:ytes?)?$/i.exec(text.trim())?.[1];
  return power !== undefined ? 2 ** Number(power) : word === undefined ? 1 : 1024 ** ('kmgt'.indexOf(word[0]!.toLowerCase()) + 1);
};

const stringsOf = (envelope: XmlElement): ReadonlyMap<string, string> =>
  new Map(childrenOf(envelope, 'Strings').flatMap(list => childrenOf(list, 'Msg').map(message => [message.attributes['msgid'] ?? '', message.text] as const)));

interface Around { option: string | undefined; strings: ReadonlyMap<string, string>; disks: readonly OvfDisk[]; files: readonly OvfFile[] }

const machineOf = (system: XmlElement, around: Around): OvfMachine => {
  const hardware = childOf(system, 'VirtualHardwareSection');
  if (!hardware) throw malformed('a machine without hardware');
  const items = itemsOf(hardware, around.option), cpu = items.find(item => kindOf(item) === KIND.cpu), memory = items.find(item => kindOf(item) === KIND.memory);
  const words = (element: XmlElement | undefined, name: string): string => { const child = childOf(element, name); return around.strings.get(child?.attributes['msgid'] ?? '') ?? child?.text.trim() ?? ''; };
  const os = childOf(system, 'OperatingSystemSection'), config = configOf(hardware, items), firmware = config.get('firmware') ?? below(system).find(({ name }) => name === 'Firmware')?.attributes['type'] ?? '';
  return {
    name: words(system, 'Name') || textOf(childOf(hardware, 'System'), 'VirtualSystemIdentifier') || (system.attributes['id'] ?? ''),
    description: words(childOf(system, 'AnnotationSection'), 'Annotation'),
    vcpus: whole(textOf(cpu, 'VirtualQuantity')) ?? 1, coresPerSocket: cpu && whole(textOf(cpu, 'CoresPerSocket')),
    memoryBytes: memory && whole(textOf(memory, 'VirtualQuantity')) !== undefined ? whole(textOf(memory, 'VirtualQuantity'))! * unitIn(memory) : undefined,
    firmware: /^u?efi/i.test(firmware) ? 'uefi' : 'bios', secureBoot: config.get('bootOptions.efiSecureBootEnabled') === 'true',
    os: { id: whole(os?.attributes['id'] ?? '') ?? 0, description: [os?.attributes['osType'] ?? '', words(os, 'Description')].find(text => text !== '') ?? '' },
    drives: drivesOf(items, around), nics: items.filter(item => kindOf(item) === KIND.nic).map(item => ({ network: textOf(item, 'Connection'), mac: textOf(item, 'Address') })),
  };
};

const unitIn = (memory: XmlElement): number => { const unit = textOf(memory, 'AllocationUnits'); return unit === '' ? MIB : unitOf(unit); };
const kindOf = (item: XmlElement): string => textOf(item, 'ResourceType');
const whole = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);

/** Those that hold without a choice, and those of the configuration that is the default; these replace the former. */
const itemsOf = (hardware: XmlElement, option: string | undefined): readonly XmlElement[] => {
  const items = hardware.children.filter(({ name }) => name === 'Item' || name === 'StorageItem' || name === 'EthernetPortItem');
  const chosen = items.filter(({ attributes }) => attributes['configuration'] === undefined || attributes['configuration'].split(/\s+/).includes(option ?? ''));
  return [...new Map(chosen.sort((a, b) => Number(a.attributes['configuration'] !== undefined) - Number(b.attributes['configuration'] !== undefined)).map((item, i) => [textOf(item, 'InstanceID') || textOf(item, 'InstanceId') || `none ${i}`, item])).values()];
};

/** VMware's own settings. */
const configOf = (hardware: XmlElement, items: readonly XmlElement[]): ReadonlyMap<string, string> =>
  new Map([hardware, ...items].flatMap(element => [...childrenOf(element, 'Config'), ...childrenOf(element, 'ExtraConfig')]).map(({ attributes: { key = '', value = '' } }) => [key, value]));

/** In the order of their controllers, and of their places on these. */
const drivesOf = (items: readonly XmlElement[], { disks, files }: Around): readonly OvfDrive[] => {
  const controllers = items.filter(item => KIND.controllers.includes(kindOf(item))).map(item => textOf(item, 'InstanceID') || textOf(item, 'InstanceId'));
  const placeOf = (item: XmlElement): number => { const at = controllers.indexOf(textOf(item, 'Parent')); return (at < 0 ? controllers.length : at) * 10_000 + Math.min(9999, whole(textOf(item, 'AddressOnParent')) ?? 9999); };
  const drives = items.filter(item => kindOf(item) === KIND.disk || KIND.cd.includes(kindOf(item))).sort((a, b) => placeOf(a) - placeOf(b));
  return drives.flatMap((item): OvfDrive[] => {
    if (kindOf(item) !== KIND.disk) return [{ kind: 'CD' }];
    const resource = textOf(item, 'HostResource'), [, of, id = ''] = /^(?:ovf:)?\/(disk|file)\/(.+)$/.exec(resource) ?? [];
    const disk = of === 'file' ? disks.find(({ href }) => href !== undefined && href === files.find(file => file.id === id)?.href) : disks.find(one => one.id === id);
    if (resource !== '' && !disk) throw malformed(`a drive holds ${JSON.stringify(resource.slice(0, 200))}, which is not listed`);
    return disk ? [{ kind: 'Disk', disk: disk.id }] : [];
  });
};
