import { randomBytes } from 'node:crypto';
import type { Ref } from '../../../shared/api';
import type { Reader } from '../../store/contract';

/** Places for network cards on a machine. */
export const VIF_DEVICES_MAX = 8;

export const freeVifDevices = (reader: Reader, vm: Ref<'VM'>): string[] => {
  const taken = new Set(reader.get('VM', vm).VIFs.map(vif => reader.get('VIF', vif).device));
  return Array.from({ length: VIF_DEVICES_MAX }, (_, i) => String(i)).filter(device => !taken.has(device));
};

/** Locally administered, unicast, and not in use. */
export const freshMac = (reader: Reader): string => {
  const taken = new Set([...reader.all('VIF').values()].map(vif => vif.MAC));
  for (;;) {
    const bytes = randomBytes(6);
    bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
    const mac = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(':');
    if (!taken.has(mac)) return mac;
  }
};

/** In lower case with colons; undefined when it is no unicast address. */
export const normalMac = (text: string): string | undefined => {
  const mac = text.toLowerCase().replaceAll('-', ':');
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) || mac === '00:00:00:00:00:00') return undefined;
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1 ? undefined : mac;
};
