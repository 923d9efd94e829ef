import type { Extent, OpenDisk } from '../platform/disk';
import type { DiskStream, Piece } from './contract';

/* The bytes of a disk, one after the other. What is a hole is sent as zeros without being read. */

const PIECE_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(PIECE_BYTES);

export const rawStream = async (disk: OpenDisk): Promise<DiskStream> => {
  const extents: Extent[] = [];
  for await (const extent of disk.data()) extents.push(extent);
  return {
    lengthBytes: disk.sizeBytes,
    pieces: function* (): Generator<Piece> {
      let next = 0;
      for (let at = 0; at < disk.sizeBytes; at += PIECE_BYTES) {
        const lengthBytes = Math.min(PIECE_BYTES, disk.sizeBytes - at), offset = at;
        while (next < extents.length && end(extents[next]) <= at) next++;
        const isHole = (extents[next]?.offset ?? Infinity) >= at + lengthBytes;
        yield { lengthBytes, read: async () => {
          if (isHole) return ZEROS.subarray(0, lengthBytes);
          const bytes = Buffer.allocUnsafeSlow(lengthBytes);
          await disk.read(offset, bytes);
          return bytes;
        } };
      }
    },
  };
};

const end = (extent: Extent | undefined): number => (extent ? extent.offset + extent.length : Infinity);
