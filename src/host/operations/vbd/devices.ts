import type { Ref } from '../../../shared/api';
import type { Reader } from '../../store/contract';

/** Places for disks and drives on a machine. */
export const VBD_DEVICES_MAX = 16;

export const freeVbdDevices = (reader: Reader, vm: Ref<'VM'>): string[] => {
  const taken = new Set(reader.get('VM', vm).VBDs.map(vbd => reader.get('VBD', vbd).userdevice));
  return Array.from({ length: VBD_DEVICES_MAX }, (_, i) => String(i)).filter(device => !taken.has(device));
};

/** Userdevice as clients write it: a number, or a name such as xvdb, hdc, sda, vdb. */
export const userdeviceNumber = (name: string): string | undefined => {
  const letter = /^(?:xvd|hd|sd|vd)([a-z])$/.exec(name)?.[1];
  const number = letter === undefined ? (/^\d{1,3}$/.test(name) ? Number(name) : -1) : letter.charCodeAt(0) - 'a'.charCodeAt(0);
  return number >= 0 && number < VBD_DEVICES_MAX ? String(number) : undefined;
};
