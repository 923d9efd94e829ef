import type { IpConfigurationMode, PIFRecord } from '../../../../shared/api';

/* The one value behind "Change the address". */
export interface AddressWish { mode: Exclude<IpConfigurationMode, 'None'>; ip: string; netmask: string; gateway: string; dns: string }

export const wishOf = (pif: PIFRecord): AddressWish => ({ mode: pif.ip_configuration_mode === 'Static' ? 'Static' : 'DHCP', ip: pif.IP, netmask: pif.netmask, gateway: pif.gateway, dns: pif.DNS });

const bytesOf = (text: string): number[] | undefined => {
  const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text.trim())?.slice(1).map(Number);
  return bytes?.every(byte => byte <= 255) ? bytes : undefined;
};
/** Ones, then zeros. */
const isMask = (text: string): boolean => {
  const bits = bytesOf(text)?.map(byte => byte.toString(2).padStart(8, '0')).join('');
  return bits !== undefined && /^1+0*$/.test(bits);
};
const numberOf = (bytes: readonly number[]): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
const sameNet = (a: string, b: string, mask: string): boolean => {
  const [x, y, m] = [bytesOf(a), bytesOf(b), bytesOf(mask)];
  if (!x || !y || !m) return true;
  const size = 2 ** 32 - numberOf(m);
  return Math.floor(numberOf(x) / size) === Math.floor(numberOf(y) / size);
};

export const problemsOf = ({ mode, ip, netmask, gateway, dns }: AddressWish): Partial<Record<keyof AddressWish, string>> => (mode === 'DHCP' ? {} : {
  ...(!bytesOf(ip) && { ip: 'Write an IPv4 address, such as 192.0.2.10.' }),
  ...(!isMask(netmask) && { netmask: 'Write a netmask, such as 255.255.255.0.' }),
  ...(gateway.trim() !== '' && (!bytesOf(gateway) ? { gateway: 'Write an IPv4 address, or leave it empty.' } : !sameNet(ip, gateway, netmask) ? { gateway: 'The gateway is not in the network of the address.' } : {})),
  ...(dns.trim() !== '' && !dns.split(/[\s,]+/).filter(Boolean).every(bytesOf) && { dns: 'Write IPv4 addresses with commas between them, or leave it empty.' }),
});
