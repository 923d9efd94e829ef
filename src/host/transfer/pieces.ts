import type { DiskStream, Piece } from './contract';

/* A file made of pieces whose lengths are known before they are read: so its length is, and an interrupted download goes on anywhere. */

const READ_AHEAD_PIECES = 4;

/** From that byte on, a few pieces ahead. */
export async function* streamFrom({ pieces }: DiskStream, fromByte: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const ahead: { bytes: Promise<Buffer>; skip: number }[] = [];
  const next = async (): Promise<Buffer> => { const { bytes, skip } = ahead.shift()!; return (await bytes).subarray(skip); };
  let at = 0;
  try {
    for (const { lengthBytes, read } of pieces()) {
      const start = at;
      at += lengthBytes;
      if (at <= fromByte) continue;
      signal.throwIfAborted();
      ahead.push({ bytes: read(), skip: Math.max(0, fromByte - start) });
      if (ahead.length >= READ_AHEAD_PIECES) yield await next();
    }
    while (ahead.length > 0) yield await next();
  } finally { await Promise.allSettled(ahead.map(({ bytes }) => bytes)); }
}

export const fixedPiece = (bytes: Buffer): Piece => ({ lengthBytes: bytes.length, read: () => Promise.resolve(bytes) });
