import { NetworkError } from '../contract';

/* The plan of a NAT network: `10.87.0.1/24` is the host's own address, the rest is the guests'. */

export interface Subnet { /** Of the host, without a prefix. */ host: string; prefix: number; network: string; netmask: string; first: string; last: string }

/** Kept free at the bottom for addresses that somebody gives by hand. */
const RESERVED = 9;
const PREFIX_MIN = 16, PREFIX_MAX = 28;

export const parseSubnet = (text: string | undefined): Subnet => {
  const wrong = (): never => { throw new NetworkError('failed', `"${text ?? ''}" is no subnet for a NAT network: an address and a prefix of ${PREFIX_MIN} to ${PREFIX_MAX} are wanted, such as 10.87.0.1/24`); };
  const [, a, b, c, d, bits] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text ?? '') ?? wrong();
  const bytes = [a, b, c, d].map(Number), prefix = Number(bits);
  if (bytes.some(byte => byte > 255) || prefix < PREFIX_MIN || prefix > PREFIX_MAX) return wrong();
  const host = bytes.reduce((sum, byte) => sum * 256 + byte, 0), size = 2 ** (32 - prefix), network = Math.floor(host / size) * size;
  if (host === network || host === network + size - 1) return wrong();
  // The host's address need not be the first.
  const free = Math.min(RESERVED, size / 4);
  const own = host - network;
  const [first, last] = own > size / 2 ? [network + free + 1, host - 1] : [Math.max(network + free, host) + 1, network + size - 2];
  return { host: dotted(host), prefix, network: dotted(network), netmask: dotted(2 ** 32 - size), first: dotted(first), last: dotted(last) };
};

const dotted = (address: number): string => [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');
