import { bytesText, GIB, MIB } from '../../../ui/text';

/* A disk's size as typed, in GiB; whole MiB, as every kind of image takes. */

const DISK_MAX_GIB = 64 * 1024;

export const bytesOfGib = (text: string): number => Math.round((Number(text) * GIB) / MIB) * MIB;
export const gibText = (bytes: number): string => String(Math.round((bytes / GIB) * 1000) / 1000);

export const sizeProblem = (text: string, atLeastBytes: number, freeBytes: number | undefined): string | undefined => {
  if (!/^\d+(\.\d+)?$/.test(text.trim()) || Number(text) > DISK_MAX_GIB || bytesOfGib(text) <= 0) return `A number of GiB, at most ${DISK_MAX_GIB}.`;
  if (atLeastBytes > 0 && bytesOfGib(text) <= atLeastBytes) return `More than ${bytesText(atLeastBytes)}: a disk is never made smaller, its data could be cut off.`;
  return freeBytes !== undefined && bytesOfGib(text) - atLeastBytes > freeBytes ? `The storage has only ${bytesText(freeBytes)} free.` : undefined;
};
