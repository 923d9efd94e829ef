import { TAR_BLOCK_BYTES, TAR_NAME_MAX_BYTES, tarHeaderBytes, tarPaddingBytes } from '../../shared/lib/tar-header';
import type { ByteReader } from '../platform/byte-reader';
import { TransferError } from './contract';

/* Tar, as far as archives of VMs need it, in both directions. A reader of our own: what comes from strangers must not make us hold what its headers claim, and a
 * member's name never becomes a path here. */

export { TAR_BLOCK_BYTES };
const LONG_NAME_MAX_BYTES = 4096;
export const TAR_END = Buffer.alloc(2 * TAR_BLOCK_BYTES);

export interface TarMember { name: string; sizeBytes: number }

/** @param padding the member's size rounds up to whole blocks; this is what is missing. */
export const tarPadding = (sizeBytes: number): Buffer => TAR_END.subarray(0, tarPaddingBytes(sizeBytes));

export const tarHeader = (name: string, sizeBytes: number): Buffer => Buffer.from(tarHeaderBytes(Buffer.from(name), sizeBytes).buffer);

/** The next member, or undefined at the archive's end mark. Extended headers are read as far as they name a file. */
export const nextMember = async (reader: ByteReader): Promise<TarMember | undefined> => {
  for (let longName: string | undefined; ;) {
    const head = await exactly(reader, TAR_BLOCK_BYTES);
    if (isZero(head)) {
      if (!isZero(await exactly(reader, TAR_BLOCK_BYTES))) throw new TransferError('malformed', 'a lone empty block in the archive');
      return undefined;
    }
    if (Number.parseInt(text(head, 148, 8).trim(), 8) !== checksum(head)) throw new TransferError('malformed', 'not a tar archive, or a damaged header');
    const sizeBytes = sizeOf(head), type = String.fromCharCode(head[156] ?? 0);
    switch (type) {
      case '0': case '\0': {
        const prefix = text(head, 257, 5) === 'ustar' && head[262] === 0 ? text(head, 345, 155) : '';
        return { name: longName ?? (prefix === '' ? text(head, 0, TAR_NAME_MAX_BYTES) : `${prefix}/${text(head, 0, TAR_NAME_MAX_BYTES)}`), sizeBytes };
      }
      case 'L': longName = (await small(reader, sizeBytes)).toString('utf8').replace(/\0.*$/s, ''); break;
      case 'x': longName = /^\d+ path=(.*)$/m.exec((await small(reader, sizeBytes)).toString('utf8'))?.[1] ?? longName; break;
      case 'g': await small(reader, sizeBytes); break;
      case '5': longName = undefined; if (sizeBytes > 0) throw new TransferError('malformed', 'a folder with content in the archive'); break;
      default: throw new TransferError('malformed', `the archive holds something that is no file: ${JSON.stringify(text(head, 0, TAR_NAME_MAX_BYTES))}`);
    }
  }
};

/** A member's content, whole. */
export const memberContent = async (reader: ByteReader, { name, sizeBytes }: TarMember, maxBytes: number): Promise<Buffer> => {
  if (sizeBytes > maxBytes) throw new TransferError('too-large', `${JSON.stringify(name.slice(0, 200))} is ${sizeBytes} bytes large, more than ${maxBytes}`);
  const content = Buffer.allocUnsafe(sizeBytes);
  if (await reader.into(content) < sizeBytes) throw eof();
  await endMember(reader, sizeBytes);
  return content;
};

export const endMember = async (reader: ByteReader, sizeBytes: number): Promise<void> => {
  const padding = tarPadding(sizeBytes).length;
  if (await reader.skip(padding) < padding) throw eof();
};

export const eof = (): TransferError => new TransferError('premature-eof', 'the archive ends too soon');

const small = async (reader: ByteReader, sizeBytes: number): Promise<Buffer> => memberContent(reader, { name: 'an extended header', sizeBytes }, LONG_NAME_MAX_BYTES);

const exactly = async (reader: ByteReader, length: number): Promise<Buffer> => {
  const bytes = await reader.take(length);
  if (bytes.length < length) throw eof();
  return bytes;
};

/** Octal text, or base 256 for what octal cannot hold. */
const sizeOf = (head: Buffer): number => {
  const octal = text(head, 124, 12).trim();
  const size = (head[124] ?? 0) === 0x80 ? (head.readUInt32BE(124) & 0x7fffffff) === 0 ? Number(head.readBigUInt64BE(128)) : NaN : /^[0-7]+$/.test(octal) ? Number.parseInt(octal, 8) : NaN;
  if (!Number.isSafeInteger(size)) throw new TransferError('malformed', 'a member of the archive has no sensible size');
  return size;
};

const text = (head: Buffer, at: number, length: number): string => { const field = head.subarray(at, at + length), end = field.indexOf(0); return field.toString('utf8', 0, end < 0 ? length : end); };

/** The header's bytes summed, the checksum itself as spaces. */
const checksum = (head: Buffer): number => {
  let sum = 8 * 0x20;
  for (let i = 0; i < TAR_BLOCK_BYTES; i++) if (i < 148 || i >= 156) sum += head[i] ?? 0;
  return sum;
};

const isZero = (block: Buffer): boolean => block.equals(TAR_END.subarray(0, block.length));
