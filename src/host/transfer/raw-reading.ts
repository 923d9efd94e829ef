import { ByteReader } from '../platform/byte-reader';
import { TransferError, type DiskReading } from './contract';
import { eof } from './tar';

const PIECE_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/** The bytes of a disk as they are: how many there are, only their sender can say. */
export const readRaw = (bytes: AsyncIterable<Buffer>, sizeBytes: number): DiskReading => {
  const reader = new ByteReader(bytes);
  if (!Number.isSafeInteger(sizeBytes)) throw new TransferError('malformed', 'how large the disk is must be said with it');
  return {
    sizeBytes, isDifferencing: false, release: () => reader.release(),
    fill: async (disk, { signal, progress }) => {
      for (let at = 0; at < sizeBytes;) {
        signal.throwIfAborted();
        const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, sizeBytes - at));
        if (await reader.into(piece) < piece.length) throw eof();
        if (!piece.equals(ZEROS.subarray(0, piece.length))) await disk.write(at, piece);
        progress(at += piece.length);
      }
    },
  };
};
