import type { Choice } from '../../../../ui/EditableChoice';
import { orderText } from '../vm-words';

/* What can be chosen for booting. */

const orders = (rest: string): string[] => [...rest].flatMap(letter => [letter, ...orders(rest.replace(letter, '')).map(tail => letter + tail)]);

/** Every order of disk, CD and network, the shorter ones too; values as in HVM_boot_params.order. */
export const BOOT_ORDERS: readonly Choice[] = orders('cdn').map(order => ({ value: order, text: orderText(order) }));
export const FIRMWARES: readonly Choice[] = [{ value: 'bios', text: 'BIOS' }, { value: 'uefi', text: 'UEFI' }];
/** By platform:viridian. */
export const GUESTS: readonly Choice[] = [{ value: 'false', text: 'Linux and others' }, { value: 'true', text: 'Windows (Hyper-V interface, tablet, local time)' }];
export const GRAPHICS: readonly Choice[] = [{ value: 'std', text: 'Standard' }, { value: 'cirrus', text: 'Cirrus (old systems)' }];
/** What each card has when nothing is said comes first. */
const VIDEO_MIB = { std: [16, 4, 8, 32, 64, 128, 256], cirrus: [4, 8, 16] };
export const videoMemoryOf = (card: string | undefined): { usual: string; choices: readonly Choice[] } => {
  const sizes = VIDEO_MIB[card === 'cirrus' ? 'cirrus' : 'std'];
  return { usual: String(sizes[0]), choices: sizes.toSorted((a, b) => a - b).map(mib => ({ value: String(mib), text: `${mib} MiB` })) };
};

/** XenAPI writes booleans in maps as `true` or `1`. */
export const isOn = (value: string | undefined): boolean => value === 'true' || value === '1';
