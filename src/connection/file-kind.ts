/* What a file is, by what stands in it; a name says nothing that can be relied on. Only where its bytes say nothing (a raw disk has no mark) the name is asked. */
import type { FileKind } from '../shared/ipc';
import { imageFormatOf, VHD_MARK } from '../shared/lib/image-marks';

const SECTOR_BYTES = 512;
/** Where ISO 9660 has its first descriptor. */
const ISO_BYTES = 32_768, HEAD_BYTES = ISO_BYTES + 6;

/** @param read up to so many bytes from there */
export const kindOf = async (name: string, sizeBytes: number, read: (from: number, length: number) => Promise<Uint8Array>): Promise<FileKind> =>
  byContent(await read(0, HEAD_BYTES)) ?? (sizeBytes >= SECTOR_BYTES && startsWith(await read(sizeBytes - SECTOR_BYTES, VHD_MARK.length), VHD_MARK) ? 'vhd' : byName(name));

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
const startsWith = (bytes: Uint8Array, mark: string, at = 0): boolean => textOf(bytes.subarray(at, at + mark.length)) === mark;

const byContent = (head: Uint8Array): FileKind | undefined => {
  const image = imageFormatOf(head);
  if (image) return image;
  if (startsWith(head, 'CD001', ISO_BYTES + 1)) return 'iso';
  if (startsWith(head, 'ustar', 257)) return /\.ovf$/i.test(textOf(head.subarray(0, 100)).replace(/\0.*$/s, '')) ? 'ova' : 'xva';
  // Compressed XVA: gzip, zstd.
  return startsWith(head, '\x1f\x8b') || startsWith(head, '\x28\xb5\x2f\xfd') ? 'xva' : undefined;
};

const byName = (name: string): FileKind => {
  switch (/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase()) {
    case 'raw': case 'img': case 'dd': return 'raw';
    // Old ones begin with an ova.xml in a tar without a mark.
    case 'xva': return 'xva';
    // With its files beside it; on its way it is the OVA that it could have been.
    case 'ovf': return 'ova';
    default: return 'unknown';
  }
};
