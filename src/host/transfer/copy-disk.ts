import type { OpenDisk } from '../platform/disk';
import type { DiskTarget } from './contract';

const PIECE_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/** What one disk holds into another that is all zeros, and as large. */
export const copyDisk = async (from: OpenDisk, to: DiskTarget, { signal, progress }: { signal: AbortSignal; progress: (bytes: number) => void }): Promise<void> => {
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const { offset, length } of from.data()) {
      for (let at = offset; at < offset + length; at += PIECE_BYTES) {
        signal.throwIfAborted();
        const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, offset + length - at));
        await from.read(at, piece);
        await writing;
        if (piece.equals(ZEROS.subarray(0, piece.length))) continue;
        writing = to.write(at, piece);
        writing.catch(() => { /* awaited at the next piece */ });
        progress(at + piece.length);
      }
    }
  } finally { await writing; }
};
