import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineSpec } from '../contract';
import type { Board } from './devices';

/* UEFI firmware, found by the descriptors that QEMU's distributors put beside it (docs/interop/firmware.json of QEMU): which files, for which board, able to what. */

export interface FirmwareImage { path: string; format: 'raw' | 'qcow2' }
/** The program, and what a machine's own variables begin as. */
export interface Firmware { code: FirmwareImage; variables: FirmwareImage }
export interface FoundFirmware { uefi?: Firmware; secureBoot?: Firmware }

/** The administrator's own come first, and hide those of the same name. */
const DIRECTORIES = ['/etc/qemu/firmware', '/usr/share/qemu/firmware'];

interface Descriptor {
  'interface-types': readonly string[];
  mapping: { device: string; mode?: string; executable: { filename: string; format: string }; 'nvram-template'?: { filename: string; format: string } };
  targets: readonly { architecture: string; machines: readonly string[] }[];
  features: readonly string[];
}

/** @param directories where descriptors lie, the most important first */
export const findFirmware = async (directories: readonly string[] = DIRECTORIES): Promise<FoundFirmware> => {
  const descriptors = (await readAll(directories)).filter(({ 'interface-types': types, mapping }) => types.includes('uefi') && mapping.device === 'flash' && mapping['nvram-template'] !== undefined);
  const plain = descriptors.find(each => !each.features.includes('requires-smm') && !each.features.includes('secure-boot') && runsOn(each, 'pc') && runsOn(each, 'q35'));
  // Without keys in its variables secure boot would refuse nothing.
  const secure = descriptors.find(each => ['secure-boot', 'enrolled-keys', 'requires-smm'].every(feature => each.features.includes(feature)) && runsOn(each, 'q35'));
  return { ...of('uefi', plain), ...of('secureBoot', secure) };
};

/** What this machine boots by; undefined: not by UEFI, or there is none. */
export const firmwareFor = ({ boot }: Pick<MachineSpec, 'boot'>, found: FoundFirmware): Firmware | undefined =>
  (boot.firmware !== 'uefi' ? undefined : boot.by === 'firmware' && boot.secureBoot === true ? found.secureBoot : found.uefi);

const readAll = async (directories: readonly string[]): Promise<Descriptor[]> => {
  const files = new Map<string, string>();
  for (const directory of directories) {
    for (const name of await readdir(directory).catch(() => [])) if (name.endsWith('.json') && !files.has(name)) files.set(name, join(directory, name));
  }
  const all = await Promise.all([...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => read(path)));
  return all.filter(each => each !== undefined);
};

/** Undefined: nothing that we can use. An empty file is how an administrator hides one. */
const read = async (path: string): Promise<Descriptor | undefined> => {
  try {
    const it = JSON.parse(await readFile(path, 'utf8')) as Descriptor;
    return [it['interface-types'], it.targets, it.features].every(Array.isArray) && typeof it.mapping.executable.filename === 'string' ? it : undefined;
  } catch { return undefined; }
};

const BOARD_NAMES: Readonly<Record<Board, string>> = { pc: 'pc-i440fx-7.2', q35: 'pc-q35-7.2' };
const runsOn = ({ targets }: Descriptor, board: Board): boolean =>
  targets.some(({ architecture, machines }) => architecture === 'x86_64' && machines.some(pattern => BOARD_NAMES[board].startsWith(pattern.replace(/\*.*$/, ''))));

const of = (name: keyof FoundFirmware, descriptor: Descriptor | undefined): FoundFirmware => {
  const template = descriptor?.mapping['nvram-template'];
  return descriptor && template ? { [name]: { code: image(descriptor.mapping.executable), variables: image(template) } } : {};
};
const image = ({ filename, format }: { filename: string; format: string }): FirmwareImage => ({ path: filename, format: format === 'qcow2' ? 'qcow2' : 'raw' });
