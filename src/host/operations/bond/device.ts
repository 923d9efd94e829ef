import type { InterfaceFacts } from '../../network/contract';
import type { Reader } from '../../store/contract';

/** `bond0`, `bond1`, ... */
export const freeDevice = (reader: Reader, interfaces: readonly InterfaceFacts[]): string => {
  const taken = new Set([...[...reader.all('PIF').values()].map(pif => pif.device), ...interfaces.map(({ device }) => device)]);
  for (let i = 0; ; i++) if (!taken.has(`bond${i}`)) return `bond${i}`;
};
