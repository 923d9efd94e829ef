import type { InterfaceFacts } from '../../network/contract';
import type { Reader } from '../../store/contract';

/* Names of bridges and subnets that nobody on this machine has yet. */

const SUBNETS = Array.from({ length: 256 }, (_, i) => `10.87.${i}.1/24`);

/** `xapi0`, `xapi1`, ... for internal networks; another beginning for the others. */
export const freeBridge = (reader: Reader, interfaces: readonly InterfaceFacts[], beginning = 'xapi'): string => {
  const taken = new Set([...[...reader.all('network').values()].map(network => network.bridge), ...interfaces.map(({ device }) => device)]);
  for (let i = 0; ; i++) if (!taken.has(`${beginning}${i}`)) return `${beginning}${i}`;
};

/** Undefined: there is none left. */
export const freeSubnet = (reader: Reader, interfaces: readonly InterfaceFacts[]): string | undefined => {
  const taken = [
    ...[...reader.all('network').values()].map(network => network.other_config['subnet']).filter(subnet => subnet !== undefined),
    ...interfaces.flatMap(({ addresses }) => addresses.filter(({ family }) => family === 4).map(({ address, netmask }) => `${address}/${prefixLength(netmask)}`)),
  ].map(rangeOf);
  return SUBNETS.find(subnet => { const { first, last } = rangeOf(subnet); return taken.every(other => last < other.first || other.last < first); });
};

/** Do two subnets meet? */
export const overlap = (a: string, b: string): boolean => { const x = rangeOf(a), y = rangeOf(b); return x.first <= y.last && y.first <= x.last; };

const rangeOf = (subnet: string): { first: number; last: number } => {
  const [address = '', prefix] = subnet.split('/');
  const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0), size = 2 ** (32 - Number(prefix));
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
};
const prefixLength = (netmask: string): number => netmask.split('.').reduce((bits, byte) => bits + (Number(byte).toString(2).match(/1/g)?.length ?? 0), 0);
