import { createHash, type Hash } from 'node:crypto';
import { isFileBeside } from '../../shared/lib/file-beside';
import { imageFormatOf } from '../../shared/lib/image-marks';
import { ByteReader } from '../platform/byte-reader';
import { decompress } from './compression';
import { TransferError, type Envelope, type ImageFormat, type OvaDisk, type OvaReading, type OvfDisk, type Transfer } from './contract';
import { readEnvelope } from './ovf-reading';
import { endMember, eof, memberContent, nextMember, type TarMember } from './tar';

/* An OVA: a tar of an OVF descriptor, the files that it names, and a manifest of their checksums right behind it or at the end. Names are compared and never
 * become paths. A certificate is passed over: whom to trust nobody here could say. */

const OVF_MAX_BYTES = 8 * 1024 * 1024, MANIFEST_MAX_BYTES = 1024 * 1024, PIECE_BYTES = 1024 * 1024, HEAD_BYTES = 512;
const ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const;
type Sums = Readonly<Partial<Record<string, string>>>;

interface Options { ignoreChecksums: boolean; readDisk: Transfer['readDisk']; signal: AbortSignal }

export const readOva = async (reader: ByteReader, first: TarMember, options: Options): Promise<OvaReading> => {
  const name = plain(first.name), xml = await memberContent(reader, first, OVF_MAX_BYTES), sums = Object.fromEntries(ALGORITHMS.map(algorithm => [algorithm, createHash(algorithm).update(xml).digest('hex')]));
  return new Ova(reader, readEnvelope(xml.toString('utf8')), new Map([[name, sums]]), options);
};

class Ova implements OvaReading {
  readonly kind = 'ova';
  readonly envelope: Envelope;
  readonly #reader: ByteReader;
  readonly #options: Options;
  /** Of what has come. */
  readonly #sums: Map<string, Sums>;
  #manifest: ReadonlyMap<string, { algorithm: string; sum: string }> | undefined;

  constructor(reader: ByteReader, envelope: Envelope, sums: Map<string, Sums>, options: Options) { this.#reader = reader; this.envelope = envelope; this.#sums = sums; this.#options = options; }

  async nextDisk(signal: AbortSignal): Promise<OvaDisk | undefined> {
    for (;;) {
      signal.throwIfAborted();
      const member = await nextMember(this.#reader);
      if (!member) return undefined;
      const name = plain(member.name), disk = this.envelope.disks.find(({ href }) => href === name);
      if (this.#sums.has(name)) throw new TransferError('unexpected-file', `${name} comes twice`, 'another file', name);
      if (name.toLowerCase().endsWith('.mf') && !disk) { this.#manifest = manifestOf((await memberContent(this.#reader, member, MANIFEST_MAX_BYTES)).toString('utf8')); this.#verifyAll(); continue; }
      const body = new Body(this.#reader, member.sizeBytes, this.#algorithmsFor(name));
      if (disk) return await this.#open(name, disk, body, signal);
      await this.#finish(name, body);
    }
  }

  async end(): Promise<void> {
    const more = await this.nextDisk(this.#options.signal);
    if (more) throw new TransferError('unexpected-file', `${more.href} is not due any more`, 'the end of the archive', more.href);
    for (const name of this.#manifest?.keys() ?? []) if (!this.#sums.has(name)) throw missing(name);
  }

  release(): Promise<void> { return this.#reader.release(); }

  async #open(name: string, disk: OvfDisk, body: Body, signal: AbortSignal): Promise<OvaDisk> {
    const isGzip = this.envelope.files.some(file => file.href === name && file.isGzip), reader = new ByteReader(isGzip ? decompress(body.bytes(), 'gzip') : body.bytes()), head = Buffer.from(await reader.take(HEAD_BYTES));
    const format = formatOf(head, name, disk), announcedBytes = !isGzip ? body.sizeBytes : format === 'raw' ? disk.capacityBytes : format === 'vhd' ? disk.capacityBytes + HEAD_BYTES : Infinity;
    const reading = await this.#options.readDisk(reader.after(head), format, { announcedBytes, signal });
    if (reading.isDifferencing) { await reading.release(); throw new TransferError('unsupported', `${name} holds only the difference to another disk`); }
    return { href: name, reading, finish: async () => { await reading.release(); await this.#finish(name, body); } };
  }

  /** What the manifest, where it came first, does not name has nothing to be compared with. */
  #algorithmsFor(name: string): readonly string[] { const due = this.#manifest?.get(name); return this.#manifest ? (due ? [due.algorithm] : []) : ALGORITHMS; }

  async #finish(name: string, body: Body): Promise<void> {
    this.#sums.set(name, await body.finish());
    this.#verify(name);
  }

  #verifyAll(): void { for (const name of this.#sums.keys()) this.#verify(name); }
  #verify(name: string): void {
    const due = this.#manifest?.get(name);
    if (due && this.#sums.get(name)?.[due.algorithm] !== due.sum && !this.#options.ignoreChecksums) throw new TransferError('checksum', `${name} is not as the manifest says`);
  }
}

/** A member's content, summed as it passes. */
class Body {
  readonly sizeBytes: number;
  readonly #reader: ByteReader;
  readonly #hashes: ReadonlyMap<string, Hash>;
  #left: number;

  constructor(reader: ByteReader, sizeBytes: number, algorithms: readonly string[]) { this.#reader = reader; this.sizeBytes = this.#left = sizeBytes; this.#hashes = new Map(algorithms.map(algorithm => [algorithm, createHash(algorithm)])); }

  /** From where it was left. */
  async *bytes(): AsyncGenerator<Buffer> {
    while (this.#left > 0) {
      const piece = await this.#reader.some(Math.min(PIECE_BYTES, this.#left));
      if (piece === undefined) throw eof();
      this.#left -= piece.length;
      for (const hash of this.#hashes.values()) hash.update(piece);
      yield piece;
    }
  }

  async finish(): Promise<Sums> {
    for await (const _ of this.bytes()) { /* only summed */ }
    await endMember(this.#reader, this.sizeBytes);
    return Object.fromEntries([...this.#hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
  }
}

/** `./` is how tar packs a folder; any other way into one is a trick. */
const plain = (name: string): string => {
  const bare = name.replace(/^\.\//, '');
  if (!isFileBeside(bare)) throw new TransferError('malformed', `the archive holds ${JSON.stringify(name.slice(0, 200))}, which is no file beside its OVF`);
  return bare;
};

/** `SHA256(name)= 0123…`, a line each. */
const manifestOf = (text: string): ReadonlyMap<string, { algorithm: string; sum: string }> => new Map(text.split(/\r?\n/).flatMap(line => {
  const [, kind = '', name = '', sum = ''] = /^\s*(SHA-?\d+)\s*\((.+)\)\s*=\s*([0-9a-f]+)\s*$/i.exec(line) ?? [], algorithm = kind.toLowerCase().replace('-', '');
  if (kind === '' && line.trim() === '') return [];
  if (!(ALGORITHMS as readonly string[]).includes(algorithm)) throw new TransferError('unsupported', `a line of the manifest is not understood: ${line.slice(0, 100)}`);
  return [[name, { algorithm, sum: sum.toLowerCase() }]];
}));

/** By what it is, and where that says nothing by what it is called. */
const formatOf = (head: Buffer, name: string, { format }: OvfDisk): ImageFormat => {
  const known = imageFormatOf(head);
  if (known) return known;
  if (head.toString('latin1', 0, 32).startsWith('# Disk Descriptor')) throw new TransferError('unsupported', `${name} is only the description of a disk whose bytes are in another file`);
  if (/vhd/i.test(format) || /\.vhd$/i.test(name)) return 'vhd';
  if (/\braw\b/i.test(format) || /\.(raw|img)$/i.test(name)) return 'raw';
  throw new TransferError('malformed', `${name} is no disk in a format that this host knows`);
};

const missing = (name: string): TransferError => new TransferError('unexpected-file', `${name} is missing in the archive`, name, 'the end of the archive');
