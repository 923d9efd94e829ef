import type { Choice } from '../../../../ui/EditableChoice';
import { orderText } from '../vm-words';

/* What can be chosen for booting. */

const orders = (rest: string): string[] => [...rest].flatMap(letter => [letter, ...orders(rest.replace(letter, '')).map(tail => letter + tail)]);

/** Every order of disk, CD and network, the shorter ones too; values as in HVM_boot_params.order. */
export const BOOT_ORDERS: readonly Choice[] = orders('cdn').map(order => ({ value: order, text: orderText(order) }));
export const FIRMWARES: readonly Choice[] = [{ value: 'bios', text: 'BIOS' }, { value: 'uefi', text: 'UEFI' }];
export const GRAPHICS: readonly Choice[] = [{ value: 'std', text: 'Standard' }, { value: 'cirrus', text: 'Cirrus (old systems)' }];
const VIDEO_MIB = [4, 8, 16, 32, 64, 128, 256];
export const videoMemories: readonly Choice[] = VIDEO_MIB.map(mib => ({ value: String(mib), text: `${mib} MiB` }));

/** XenAPI writes booleans in maps as `true` or `1`. */
export const isOn = (value: string | undefined): boolean => value === 'true' || value === '1';
