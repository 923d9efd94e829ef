import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { writeAt, type Tick } from './archive-file';
import type { Owner } from './contract';

/* The newest ticks of all archives, in the order in which they came: one write a tick, whatever the number of owners. An archive's own file is brought up
 * to date only now and then, so that its pages reach the disk seldom.
 *
 * Two files take turns, each for TICKS_PER_FILE ticks; one is written over from its beginning when every archive has been written since. They keep their length,
 * so that on a full disk there is still room. A record is a tick: its length, its checksum, that of the record before it, its number, then an entry for every
 * archive. What does not follow from the record before is of an earlier turn, or was half written, and ends the file. */


/** Each archive is written once in so many ticks. */
export const TICKS_PER_FILE = 30;
const FILES = ['ticks-0.log', 'ticks-1.log'] as const;
const HEAD_BYTES = 24;
const NAME_BYTES = 24;
/** Name, number, count of readings, time. */
const ENTRY_HEAD_BYTES = NAME_BYTES + 16;
const KINDS: readonly Owner['kind'][] = ['host', 'vm', 'sr'];

/** What an archive's file is called in the log, as latin1: its owner, and which of the files that have had this owner. */
export const nameInLog = ({ kind, uuid }: Owner, file: number): string => {
  const name = Buffer.alloc(NAME_BYTES);
  name.write(uuid.replaceAll('-', ''), 'hex');
  name.writeUInt32LE(KINDS.indexOf(kind), 16);
  name.writeUInt32LE(file, 20);
  return name.toString('latin1');
};
export const ownerInLog = (name: string): Owner => {
  const bytes = Buffer.from(name, 'latin1');
  return { kind: KINDS[bytes.readUInt32LE(16)] ?? 'vm', uuid: bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') };
};

/** How far it is written, and the checksum that the next record follows. */
interface OpenFile { turn: number; fd: number; end: number; before: number }

export class TickLog {
  readonly #directory: string;
  /** Of the last tick. */
  #number = 0;
  #open: OpenFile | undefined;
  #batch = new Uint8Array(64 * 1024);
  #doubles = new Float64Array(this.#batch.buffer);
  #bytes = HEAD_BYTES;
  #count = 0;

  constructor(directory: string) { this.#directory = directory; }

  /** Of the tick that is being taken. */
  get number(): number { return this.#number + 1; }

  /** Goes with the tick that is being taken. */
  add(name: string, { number, atMs, readings }: Tick): void {
    const at = this.#bytes;
    this.#bytes += ENTRY_HEAD_BYTES + 8 * readings.length;
    if (this.#bytes > this.#batch.length) {
      const larger = new Uint8Array(2 * this.#bytes & ~7);
      larger.set(this.#batch);
      [this.#batch, this.#doubles] = [larger, new Float64Array(larger.buffer)];
    }
    const entry = Buffer.from(this.#batch.buffer, at, ENTRY_HEAD_BYTES);
    entry.write(name, 'latin1');
    entry.writeUInt32LE(number, NAME_BYTES);
    entry.writeUInt32LE(readings.length, NAME_BYTES + 4);
    entry.writeDoubleLE(atMs, NAME_BYTES + 8);
    this.#doubles.set(readings, (at + ENTRY_HEAD_BYTES) / 8);
    this.#count++;
  }

  /** Ends the tick. Throws where it cannot be written: then it is in memory only, and the next one takes its place. */
  write(): void {
    const number = this.number, record = Buffer.from(this.#batch.buffer, 0, this.#bytes), count = this.#count;
    this.#number = number;
    this.#bytes = HEAD_BYTES;
    this.#count = 0;
    if (count === 0) return;
    const file = this.#fileOf(turnOf(number));
    record.writeUInt32LE(record.length, 0);
    record.writeUInt32LE(file.before, 8);
    record.writeUInt32LE(number, 12);
    record.writeUInt32LE(count, 16);
    record.writeUInt32LE(crc32(record.subarray(8)), 4);
    writeAt(file.fd, record, file.end);
    file.end += record.length;
    file.before = record.readUInt32LE(4);
  }

  /** Everything that is whole, by the archives' files, oldest first. To be asked once, before the first tick: it goes on where it ended. */
  recover(): ReadonlyMap<string, Tick[]> {
    const ticks = new Map<string, Tick[]>();
    const files = FILES.map(name => { const bytes = this.#read(name); return { bytes, records: [...recordsOf(bytes)] }; }).sort((a, b) => (a.records[0]?.number ?? 0) - (b.records[0]?.number ?? 0));
    for (const { bytes, records } of files) {
      for (const record of records) {
        for (const { name, tick } of entriesOf(bytes.subarray(record.begin, record.end))) {
          const known = ticks.get(name);
          if (known) known.push(tick); else ticks.set(name, [tick]);
        }
        this.#number = record.number;
      }
    }
    const last = files.at(-1)?.records.at(-1);
    if (last) this.#open = { turn: turnOf(last.number), fd: this.#openFile(turnOf(last.number)), end: last.end, before: last.checksum };
    return ticks;
  }

  close(): void {
    if (this.#open) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  #fileOf(turn: number): OpenFile {
    if (this.#open?.turn === turn) return this.#open;
    this.close();
    return this.#open = { turn, fd: this.#openFile(turn), end: 0, before: 0 };
  }

  #openFile(turn: number): number { return openSync(path.join(this.#directory, FILES[turn % 2] ?? FILES[0]), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600); }

  #read(name: string): Buffer {
    try { return readFileSync(path.join(this.#directory, name)); } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    }
  }
}

const turnOf = (number: number): number => Math.floor(number / TICKS_PER_FILE);

function* recordsOf(bytes: Buffer): Generator<{ begin: number; end: number; number: number; checksum: number }> {
  let turn: number | undefined;
  for (let begin = 0, before = 0; begin + HEAD_BYTES <= bytes.length;) {
    const end = begin + bytes.readUInt32LE(begin), checksum = bytes.readUInt32LE(begin + 4), number = bytes.readUInt32LE(begin + 12);
    if (end < begin + HEAD_BYTES || end > bytes.length || bytes.readUInt32LE(begin + 8) !== before || (turn ?? turnOf(number)) !== turnOf(number) || crc32(bytes.subarray(begin + 8, end)) !== checksum) return;
    yield { begin, end, number, checksum };
    turn = turnOf(number);
    before = checksum;
    begin = end;
  }
}

function* entriesOf(record: Buffer): Generator<{ name: string; tick: Tick }> {
  for (let at = HEAD_BYTES; at < record.length;) {
    const head = record.subarray(at, at + ENTRY_HEAD_BYTES), count = head.readUInt32LE(NAME_BYTES + 4), begin = at + ENTRY_HEAD_BYTES, readings = new Float64Array(count);
    record.copy(Buffer.from(readings.buffer), 0, begin, begin + 8 * count);
    yield { name: head.toString('latin1', 0, NAME_BYTES), tick: { number: head.readUInt32LE(NAME_BYTES), atMs: head.readDoubleLE(NAME_BYTES + 8), readings } };
    at = begin + 8 * count;
  }
}
