import { ByteReader } from '../platform/byte-reader';
import { compressionOf, decompress, MAGIC_BYTES } from './compression';
import type { Transfer } from './contract';
import { readOva } from './ova-reading';
import { nextMember } from './tar';
import { readXva } from './xva';

/* An archive of VMs of whatever kind: its first member says which. */

export const readArchive = (readDisk: Transfer['readDisk']): Transfer['readArchive'] => async (bytes, { ignoreChecksums, signal }) => {
  const reader = await unpacked(bytes);
  try {
    const first = await nextMember(reader);
    if (first?.name.toLowerCase().endsWith('.ovf') === true) return await readOva(reader, first, { ignoreChecksums, readDisk, signal });
    return await readXva(reader, first, { ignoreChecksums, signal });
  } catch (error) { await reader.release(); throw error; }
};

const unpacked = async (bytes: AsyncIterable<Buffer>): Promise<ByteReader> => {
  const raw = new ByteReader(bytes), first = Buffer.from(await raw.take(MAGIC_BYTES)), compression = compressionOf(first);
  return new ByteReader(decompress(raw.after(first), compression));
};
