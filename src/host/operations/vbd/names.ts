import type { Ref } from '../../../shared/api';
import type { Reader } from '../../store/contract';
import { numberedDisk } from '../host/engine-lacks';

/** What Linux calls a disk that it finds now: the first name that is free. */
export const guestName = (reader: Reader, ref: Ref<'VBD'>): string => {
  const { VM, type, userdevice } = reader.get('VBD', ref), numbered = numberedDisk(reader, userdevice);
  if (numbered !== undefined) return numbered;
  const taken = new Set(reader.get('VM', VM).VBDs.filter(other => other !== ref).map(other => reader.get('VBD', other).device));
  for (let i = 0; ; i++) {
    const name = type === 'CD' ? `sr${i}` : `vd${String.fromCharCode('a'.charCodeAt(0) + i)}`;
    if (!taken.has(name)) return name;
  }
};
