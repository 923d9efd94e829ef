import type { EngineFeature, EngineFacts } from '../../engine/contract';
import type { Reader } from '../../store/contract';

/* What this host's engine cannot do, by name, as its record keeps it: for those who decide inside a transaction. The reasons are the engine's to say. */

const KEY = 'engine_lacks';

/** For host.software_version. */
export const lacksField = ({ lacks = {} }: EngineFacts): Record<string, string> => ({ [KEY]: Object.keys(lacks).sort().join(' ') });

export const engineLacks = (reader: Reader, feature: EngineFeature): boolean =>
  [...reader.all('host').values()].some(({ software_version }) => (software_version[KEY] ?? '').split(' ').includes(feature));

/** Under Xen a disk is called by its number, not by its turn. Undefined: by its turn. */
export const numberedDisk = (reader: Reader, userdevice: string): string | undefined =>
  ([...reader.all('host').values()].some(({ software_version }) => software_version['engine'] === ('xen' satisfies EngineFacts['name'])) ? `xvd${String.fromCharCode('a'.charCodeAt(0) + Number(userdevice))}` : undefined);
