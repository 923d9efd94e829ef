import { createGunzip, createGzip } from 'node:zlib';
import { PassThrough, pipeline, Readable, type Duplex } from 'node:stream';
import { filterThrough } from '../platform/filter-program';
import { TransferError, type Compression } from './contract';

/* Archives compressed on the way. gzip is Node's own; zstd is the program, since this Node has none. */

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]), ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
export const MAGIC_BYTES = 4;
const GZIP_LEVEL = 1; // beyond it a disk gets a few percent smaller, and the CPU is what limits
const CHUNK_BYTES = 256 * 1024;

export const compressionOf = (first: Buffer): Compression =>
  (first.subarray(0, 2).equals(GZIP_MAGIC) ? 'gzip' : first.subarray(0, 4).equals(ZSTD_MAGIC) ? 'zstd' : 'none');

export const compress = (bytes: AsyncIterable<Buffer>, compression: Compression): AsyncIterable<Buffer> => {
  switch (compression) {
    case 'none': return bytes;
    case 'gzip': return through(bytes, createGzip({ level: GZIP_LEVEL, chunkSize: CHUNK_BYTES }));
    case 'zstd': return through(bytes, filterThrough('zstd', ['-q', '-c', '-1', '-T0']));
  }
};

export const decompress = (bytes: AsyncIterable<Buffer>, compression: Compression): AsyncIterable<Buffer> => {
  switch (compression) {
    case 'none': return bytes;
    case 'gzip': return readable(bytes, createGunzip({ chunkSize: CHUNK_BYTES }));
    case 'zstd': return readable(bytes, filterThrough('zstd', ['-q', '-d', '-c']));
  }
};

const through = (bytes: AsyncIterable<Buffer>, by: Duplex): AsyncIterable<Buffer> => {
  const out = new PassThrough({ highWaterMark: CHUNK_BYTES });
  pipeline(Readable.from(bytes, { objectMode: false }), by, out, () => { /* whoever reads is told */ });
  return out;
};

/** What cannot be unpacked is the archive's fault, not ours. */
async function* readable(bytes: AsyncIterable<Buffer>, by: Duplex): AsyncGenerator<Buffer> {
  const failed: { input?: Error } = {};
  const input = async function* (): AsyncGenerator<Buffer> { try { yield* bytes; } catch (error) { failed.input = error as Error; throw error; } };
  try { yield* through(input(), by); } catch (error) {
    if (failed.input) throw failed.input;
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === 'ENOENT' ? new TransferError('unsupported', message) : code === 'Z_BUF_ERROR' || /premature|unexpected end/i.test(message) ? new TransferError('premature-eof', 'the archive ends too soon') : new TransferError('malformed', `it cannot be unpacked: ${message}`);
  }
}
