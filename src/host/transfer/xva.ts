import { readValue, XmlError } from '../../shared/lib/xml-reader';
import { writeValue, type XmlValue } from '../../shared/lib/xml-value';
import type { ByteReader } from '../platform/byte-reader';
import type { OpenDisk } from '../platform/disk';
import { sha1, xxh64 } from './checksums';
import { TransferError, type Transfer, type XvaReading } from './contract';
import { endMember, eof, memberContent, nextMember, TAR_BLOCK_BYTES, TAR_END, tarHeader, tarPadding, type TarMember } from './tar';

/* XenServer's archive of a VM: a tar of ova.xml, then every disk in numbered blocks with a checksum each. The first and the last block of a disk are always
 * there, of the others those that are not all zeros. */

export const XVA_BLOCK_BYTES = 1024 * 1024;
const OVA_MAX_BYTES = 16 * 1024 * 1024, CHECKSUM_MAX_BYTES = 256;
const READ_AHEAD_BLOCKS = 4;
const ZEROS = Buffer.alloc(XVA_BLOCK_BYTES);
/** A block, its header before it, its checksum's member after it. */
const PACKED_BYTES = TAR_BLOCK_BYTES + XVA_BLOCK_BYTES + 2 * TAR_BLOCK_BYTES;

export const writeXva: Transfer['writeXva'] = async function* (ova, disks, { signal, progress }) {
  yield* ovaMember(ova);
  let before = 0;
  for (const { id, open } of disks) {
    const disk = await open(), start = before;
    try { yield* diskMembers(id, disk, signal, offset => progress(start + offset)); } finally { await disk.close(); }
    before += disk.sizeBytes;
  }
  yield TAR_END;
};

const ovaMember = function* (ova: XmlValue): Generator<Buffer> {
  const xml = Buffer.from(writeValue(ova));
  yield Buffer.concat([tarHeader('ova.xml', xml.length), xml, tarPadding(xml.length)]);
};

async function* diskMembers(id: string, disk: OpenDisk, signal: AbortSignal, progress: (offset: number) => void): AsyncGenerator<Buffer> {
  const last = blockCount(disk.sizeBytes) - 1, ahead: Promise<{ number: number; packed: Buffer }>[] = [];
  const read = async (number: number): Promise<{ number: number; packed: Buffer }> => {
    const packed = Buffer.allocUnsafeSlow(PACKED_BYTES);
    await disk.read(number * XVA_BLOCK_BYTES, content(packed, disk, number));
    return { number, packed };
  };
  const finish = async (): Promise<Buffer | undefined> => {
    const { number, packed } = await ahead.shift()!, block = content(packed, disk, number);
    progress(number * XVA_BLOCK_BYTES + block.length);
    return number > 0 && number < last && block.equals(ZEROS) ? undefined : pack(id, number, packed, block);
  };
  try {
    for await (const number of blockNumbers(disk)) {
      signal.throwIfAborted();
      ahead.push(read(number));
      if (ahead.length < READ_AHEAD_BLOCKS) continue;
      const member = await finish();
      if (member) yield member;
    }
    while (ahead.length > 0) { const member = await finish(); if (member) yield member; }
  } finally { await Promise.allSettled(ahead); }
}

/** Those that may hold something, the first and the last. */
async function* blockNumbers(disk: OpenDisk): AsyncGenerator<number> {
  const last = blockCount(disk.sizeBytes) - 1;
  if (last < 0) return;
  yield 0;
  let next = 1;
  for await (const { offset, length } of disk.data()) {
    for (let number = Math.max(next, Math.floor(offset / XVA_BLOCK_BYTES)); number < last && number * XVA_BLOCK_BYTES < offset + length; number++) { yield number; next = number + 1; }
  }
  if (last > 0) yield last;
}

const blockCount = (sizeBytes: number): number => Math.ceil(sizeBytes / XVA_BLOCK_BYTES);
const blockLength = (sizeBytes: number, number: number): number => Math.min(XVA_BLOCK_BYTES, sizeBytes - number * XVA_BLOCK_BYTES);
const content = (packed: Buffer, disk: OpenDisk, number: number): Buffer => packed.subarray(TAR_BLOCK_BYTES, TAR_BLOCK_BYTES + blockLength(disk.sizeBytes, number));
const memberName = (id: string, number: number): string => `${id}/${String(number).padStart(8, '0')}`;

/** One buffer for all three: it goes to the socket as it is. */
const pack = async (id: string, number: number, packed: Buffer, block: Buffer): Promise<Buffer> => {
  const name = memberName(id, number), hash = Buffer.from(await xxh64(block), 'latin1');
  let at = tarHeader(name, block.length).copy(packed) + block.length;
  for (const piece of [tarPadding(block.length), tarHeader(`${name}.xxhash`, hash.length), hash, tarPadding(hash.length)]) at += piece.copy(packed, at);
  return packed.subarray(0, at);
};

/** @param first the member that the archive begins with */
export const readXva = async (reader: ByteReader, first: TarMember | undefined, { ignoreChecksums, signal }: { ignoreChecksums: boolean; signal: AbortSignal }): Promise<XvaReading> => {
  const archive = new Archive(reader, ignoreChecksums);
  if (first?.name !== 'ova.xml') throw unexpected('ova.xml', first);
  return archive.reading(parseOva(await archive.content(first, OVA_MAX_BYTES)), signal);
};

const parseOva = (xml: Buffer): unknown => {
  try { return readValue(xml.toString('utf8')); } catch (error) {
    if (error instanceof XmlError) throw new TransferError('malformed', `ova.xml cannot be read: ${error.message}`);
    throw error;
  }
};

class Archive {
  readonly #reader: ByteReader;
  readonly #ignoreChecksums: boolean;
  #put: TarMember | undefined;

  constructor(reader: ByteReader, ignoreChecksums: boolean) { this.#reader = reader; this.#ignoreChecksums = ignoreChecksums; }

  async next(): Promise<TarMember | undefined> { const put = this.#put; this.#put = undefined; return put ?? nextMember(this.#reader); }
  content(member: TarMember, maxBytes: number): Promise<Buffer> { return memberContent(this.#reader, member, maxBytes); }
  release(): Promise<void> { return this.#reader.release(); }

  reading(ova: unknown, signal: AbortSignal): XvaReading {
    return {
      kind: 'xva', ova,
      fill: async (id, disk, options) => { await this.#fill(id, disk, options); },
      end: async () => {
        signal.throwIfAborted();
        const more = await this.next();
        if (more) throw unexpected('the end of the archive', more);
      },
      release: () => this.release(),
    };
  }

  async #fill(id: string, disk: OpenDisk, { sizeBytes, signal, progress }: Parameters<XvaReading['fill']>[2]): Promise<void> {
    const last = blockCount(sizeBytes) - 1;
    let writing: Promise<void> = Promise.resolve();
    try {
      for (let number = -1; number < last;) {
        signal.throwIfAborted();
        const member = await this.next(), due = memberName(id, number + 1);
        if (!member?.name.startsWith(`${id}/`)) throw unexpected(due, member);
        const found = /^\d{8,10}$/.exec(member.name.slice(id.length + 1));
        if (!found) throw unexpected(due, member);
        if (member.sizeBytes === 0) { await this.#keepAlive(member.name); continue; }
        const at = Number(found[0]);
        if (at <= number || at > last || (number < 0 && at > 0)) throw unexpected(due, member);
        if (member.sizeBytes !== blockLength(sizeBytes, at)) throw new TransferError('malformed', `${member.name} holds ${member.sizeBytes} bytes, where ${blockLength(sizeBytes, at)} belong`);
        const block = Buffer.allocUnsafeSlow(member.sizeBytes);
        if (await this.#reader.into(block) < block.length) throw eof();
        await endMember(this.#reader, block.length);
        await this.#verify(member.name, block);
        await writing;
        if (!block.equals(ZEROS.subarray(0, block.length))) { writing = disk.write(at * XVA_BLOCK_BYTES, block); writing.catch(() => { /* awaited at the next block */ }); }
        number = at;
        progress(at * XVA_BLOCK_BYTES + block.length);
      }
    } finally { await writing; }
  }

  async #verify(name: string, block: Buffer): Promise<void> {
    const member = await this.next();
    const expected = member?.name === `${name}.xxhash` ? await xxh64(block) : member?.name === `${name}.checksum` ? sha1(block) : undefined;
    if (!member || expected === undefined) throw unexpected(`${name}.xxhash`, member);
    const said = (await this.content(member, CHECKSUM_MAX_BYTES)).toString('latin1').trim();
    if (said.toLowerCase() !== expected.toLowerCase() && !this.#ignoreChecksums) throw new TransferError('checksum', `${name} is damaged`);
  }

  /** An empty block says that the sender is still there; it may have a checksum like the others. */
  async #keepAlive(name: string): Promise<void> {
    const member = await this.next();
    if (member?.name === `${name}.xxhash` || member?.name === `${name}.checksum`) await this.content(member, CHECKSUM_MAX_BYTES);
    else this.#put = member;
  }
}

const unexpected = (expected: string, member: TarMember | undefined): TransferError => {
  const found = member?.name.slice(0, 200) ?? 'the end of the archive';
  return new TransferError('unexpected-file', `${expected} is due in the archive, and there is ${found}`, expected, found);
};
