import { ApiError } from '../../../shared/api';
import { NAME_MAX_CHARS } from '../../../shared/lib/limits';
import { normalMac, VIF_DEVICES_MAX } from '../vif/devices';
import { VCPUS_MAX } from '../vm/limits';

/* What a machine says of itself when it asks to be taken over. It comes from a stranger: everything is looked at. */

export interface SourceDisk { name: string; sizeBytes: number; usedBytes: number }
export interface Description {
  name: string;
  /** The same machine with the same disks says the same: it finds its interrupted transfer again. */
  identity: string;
  model: string;
  firmware: 'bios' | 'uefi';
  memoryBytes: number;
  vcpus: number;
  nics: readonly { name: string; mac: string }[];
  disks: readonly SourceDisk[];
  systems: readonly { kind: 'linux' | 'windows'; name: string }[];
}

const DISKS_MAX = 15, SYSTEMS_MAX = 32, WORD_MAX_CHARS = 200;
const DISK_MAX_BYTES = 64 * 1024 ** 4;
/** The machine is put right by a small system that has to fit; beyond the upper end is no machine. */
const MEMORY_MIN_BYTES = 1024 ** 3, MEMORY_MAX_BYTES = 4 * 1024 ** 4, MEMORY_ROUND_BYTES = 1024 * 1024;

export const parseDescription = (value: unknown): Description => {
  const machine = object(value, 'description');
  const memoryBytes = whole(machine, 'memoryBytes', MEMORY_MAX_BYTES), name = text(machine, 'name', NAME_MAX_CHARS).trim();
  if (name === '') throw wrong('name', '');
  const firmware = machine['firmware'];
  if (firmware !== 'bios' && firmware !== 'uefi') throw wrong('firmware', firmware);
  const disks = list(machine, 'disks', DISKS_MAX).map(parseDisk);
  if (disks.length === 0) throw wrong('disks', 'none');
  return {
    name, firmware, disks, identity: text(machine, 'identity', WORD_MAX_CHARS), model: text(machine, 'model', WORD_MAX_CHARS),
    memoryBytes: Math.max(MEMORY_MIN_BYTES, Math.ceil(memoryBytes / MEMORY_ROUND_BYTES) * MEMORY_ROUND_BYTES),
    vcpus: Math.min(VCPUS_MAX, Math.max(1, whole(machine, 'vcpus', 4096))),
    nics: list(machine, 'nics', VIF_DEVICES_MAX).map(nic => ({ name: text(nic, 'name', WORD_MAX_CHARS), mac: normalMac(text(nic, 'mac', WORD_MAX_CHARS)) ?? '' })),
    systems: list(machine, 'systems', SYSTEMS_MAX).map(system => ({ kind: system['kind'] === 'windows' ? 'windows' : 'linux', name: text(system, 'name', WORD_MAX_CHARS) })),
  };
};

const parseDisk = (disk: Fields): SourceDisk => {
  const sizeBytes = whole(disk, 'sizeBytes', DISK_MAX_BYTES);
  if (sizeBytes === 0) throw wrong('sizeBytes', 0);
  return { name: text(disk, 'name', WORD_MAX_CHARS), sizeBytes, usedBytes: Math.min(sizeBytes, whole(disk, 'usedBytes', DISK_MAX_BYTES)) };
};

type Fields = Readonly<Record<string, unknown>>;
const wrong = (field: string, value: unknown): ApiError => new ApiError('INVALID_VALUE', field, (typeof value === 'string' ? value : JSON.stringify(value) ?? '').slice(0, WORD_MAX_CHARS));
const object = (value: unknown, field: string): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, value);
  return value as Fields;
};
const text = (of: Fields, field: string, maxChars: number): string => {
  const value = of[field];
  if (typeof value !== 'string' || value.length > maxChars) throw wrong(field, value);
  return value;
};
const whole = (of: Fields, field: string, max: number): number => {
  const value = of[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max) throw wrong(field, value);
  return value;
};
const list = (of: Fields, field: string, max: number): Fields[] => {
  const value = of[field];
  if (!Array.isArray(value) || value.length > max) throw wrong(field, Array.isArray(value) ? `more than ${max}` : value);
  return value.map(each => object(each, field));
};
