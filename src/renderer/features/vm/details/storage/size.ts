import { bytesText, GIB, MIB } from '../../../../ui/text';

/* A disk's size as typed, in GiB. */

const DISK_MAX_GIB = 64 * 1024;

export const gibText = (bytes: number): string => String(Math.round((bytes / GIB) * 1000) / 1000);
/** Whole MiB, as every kind of image takes. */
export const bytesOfGib = (text: string): number => Math.round((Number(text) * GIB) / MIB) * MIB;

/** What is wrong with it, in words. */
export const sizeProblem = (text: string, moreThanBytes: number, freeBytes?: number): string | undefined => {
  if (!/^\d+(\.\d+)?$/.test(text.trim()) || Number(text) > DISK_MAX_GIB || Number(text) <= 0) return `A number of GiB, at most ${DISK_MAX_GIB}.`;
  if (bytesOfGib(text) <= moreThanBytes) return `More than ${bytesText(moreThanBytes)}: a disk is never made smaller, its data could be cut off.`;
  return freeBytes !== undefined && bytesOfGib(text) - moreThanBytes > freeBytes ? `The storage has only ${bytesText(freeBytes)} free.` : undefined;
};
