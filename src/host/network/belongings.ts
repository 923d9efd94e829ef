import { readAddresses, readRoutes, type Address, type Route } from './links';

/* What the host itself has on an interface - addresses and routes - and the commands (`ip -batch`) that move it to another. */

export interface Belongings { addresses: readonly Address[]; routes: readonly Route[] }

/** Without what the kernel makes by itself. */
export const belongingsOf = async (device: string): Promise<Belongings> => ({
  addresses: ((await readAddresses(device)).get(device) ?? []).filter(({ scope }) => scope !== 'link' && scope !== 'host'),
  routes: (await readRoutes(device)).filter(({ protocol, family }) => protocol !== 'kernel' && (family === 4 || protocol !== 'ra')),
});

export const isEmpty = ({ addresses, routes }: Belongings): boolean => addresses.length + routes.length === 0;

export const takeCommands = ({ addresses }: Belongings, device: string): string[] => addresses.map(({ address, prefix }) => `addr delete ${address}/${prefix} dev ${device}`);

/** In a batch the family shows in the words only. */
const EVERYWHERE = { 4: '0.0.0.0/0', 6: '::/0' } as const;

/** Routes to neighbours first: others lead over them. */
export const giveCommands = ({ addresses, routes }: Belongings, device: string): string[] => [
  ...addresses.map(({ address, prefix, family, validSeconds, preferredSeconds }) => [
    `addr replace ${address}/${prefix}`, ...(family === 4 ? ['brd +'] : []), `dev ${device}`,
    ...(validSeconds === undefined ? [] : [`valid_lft ${validSeconds} preferred_lft ${preferredSeconds ?? validSeconds}`]), ...(family === 6 ? ['nodad'] : []),
  ].join(' ')),
  ...[...routes].sort((a, b) => Number(a.gateway !== '') - Number(b.gateway !== '')).map(({ family, destination, gateway, protocol, metric, source, scope }) => [
    `route replace ${destination === 'default' ? EVERYWHERE[family] : destination}`, ...(gateway === '' ? [] : [`via ${gateway}`]), `dev ${device}`, ...(protocol === '' ? [] : [`proto ${protocol}`]),
    ...(scope === '' || gateway !== '' ? [] : [`scope ${scope}`]), ...(source === '' ? [] : [`src ${source}`]), ...(metric === undefined ? [] : [`metric ${metric}`]),
  ].join(' ')),
];
