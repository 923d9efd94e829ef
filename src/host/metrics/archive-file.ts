import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { UNFINISHED } from '../platform/durable-files';
import { Consolidator, type Row } from './consolidate';
import type { DataSource, Owner } from './contract';
import { secondsPerRow, type Form } from './forms';

/* The file of one owner; its size never changes.
 *
 *   head         magic, length, checksum, then JSON: whose it is, its sources, its archives. Written once; other sources make another file.
 *   checkpoint   twice, written in turn: what the rows to come are being made of, after tick number n.
 *   rings        one per archive, a row's place follows from its time, each row sealed with a checksum over its time and values.
 *
 * A tick writes nothing here: it stands in the log that all archives share (tick-log.ts). Now and then the rows that were finished meanwhile and a
 * checkpoint follow. Who opens the file takes the newest whole checkpoint and does the log's ticks after it again. So a kill at any byte costs at most
 * the tick that was being written: a half-written row or checkpoint has a wrong checksum, and what was there before it is still in the log. A row that is
 * not sealed for the time that is asked for is unknown; nobody has to write that nothing is known.
 *
 * Files of the first form had a log of their own, behind the checkpoints: a ring of slots with number, time and checksum. It is read. */

export interface Table { readonly owner: Owner; readonly sources: readonly DataSource[]; /** Standard sources that nobody wants to keep. */ readonly off: readonly string[]; readonly forms: readonly Form[] }
export interface Tick { readonly number: number; readonly atMs: number; readonly readings: Float64Array }
export interface Checkpoint { readonly number: number; readonly consolidator: Consolidator }

const MAGIC = Buffer.from('RRING002'), MAGIC_WITH_LOG = Buffer.from('RRING001');
const HEAD_BYTES = 16;
const HEAD_MAX_BYTES = 1024 * 1024;
const LOG_SLOTS = 32;
const SLOT_HEAD_BYTES = 16;
const CHECKPOINT_HEAD_BYTES = 16;
const SEAL_BYTES = 4;

export class ArchiveFile {
  readonly table: Table;
  /** Tells it from other files that the same owner has had. */
  readonly id: number;
  readonly bytes: number;
  readonly #fd: number;
  readonly #slots: number;
  readonly #slotBytes: number;
  readonly #checkpointAt: number;
  readonly #checkpointBytes: number;
  readonly #logAt: number;
  readonly #rings: readonly { at: number; rowBytes: number; form: Form }[];

  private constructor(fd: number, json: Buffer, slots: number) {
    const table = parseTable(json.toString('utf8')), n = table.sources.length, headBytes = HEAD_BYTES + json.length;
    this.#fd = fd;
    this.table = table;
    this.id = crc32(json);
    this.#slots = slots;
    this.#slotBytes = SLOT_HEAD_BYTES + 8 * n;
    this.#checkpointAt = headBytes;
    this.#checkpointBytes = CHECKPOINT_HEAD_BYTES + n * (3 * 8) + table.forms.reduce((sum, form) => sum + n * (8 * form.kinds.length + 4), 0);
    this.#logAt = headBytes + 2 * this.#checkpointBytes;
    let at = this.#logAt + slots * this.#slotBytes;
    this.#rings = table.forms.map(form => {
      const ring = { at, rowBytes: SEAL_BYTES + 4 * n * form.kinds.length, form };
      at += ring.rowBytes * form.rows;
      return ring;
    });
    this.bytes = at;
  }

  /** Undefined: there is none, or nobody can read it any more. */
  static open(file: string): ArchiveFile | undefined {
    let fd: number;
    try { fd = openSync(file, constants.O_RDWR | constants.O_NOFOLLOW); } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const head = read(fd, 0, HEAD_BYTES), magic = head.subarray(0, MAGIC.length), length = head.readUInt32LE(8), hasLog = magic.equals(MAGIC_WITH_LOG);
      if (!(hasLog || magic.equals(MAGIC)) || length > HEAD_MAX_BYTES) throw new Error('not an archive');
      const json = read(fd, HEAD_BYTES, length);
      if (crc32(json) !== head.readUInt32LE(12)) throw new Error('the head is damaged');
      const archive = new ArchiveFile(fd, json, hasLog ? LOG_SLOTS : 0);
      // What was cut off is not sealed, so it is unknown.
      if (fstatSync(fd).size < archive.bytes) ftruncateSync(fd, archive.bytes);
      return archive;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Takes the place of what was there, wholly or not at all. @param durable there is history in it that the power may not take */
  static create(file: string, table: Table, tickNumber: number, consolidator: Consolidator, rows: readonly Row[], durable: boolean): ArchiveFile {
    const text = Buffer.from(printTable(table)), json = Buffer.concat([text, Buffer.alloc(-text.length & 7, ' ')]), head = Buffer.alloc(HEAD_BYTES);
    head.set(MAGIC);
    head.writeUInt32LE(json.length, 8);
    head.writeUInt32LE(crc32(json), 12);
    const unfinished = `${file}${UNFINISHED}`;
    rmSync(unfinished, { force: true });
    const fd = openSync(unfinished, 'wx+', 0o600);
    try {
      const archive = new ArchiveFile(fd, json, 0);
      writeAt(fd, Buffer.concat([head, json, Buffer.alloc(archive.bytes - HEAD_BYTES - json.length)]), 0);
      archive.writeRows(rows);
      archive.writeCheckpoint(tickNumber, consolidator);
      if (durable) fsyncSync(fd);
      renameSync(unfinished, file);
      if (durable) syncDirectory(path.dirname(file));
      return archive;
    } catch (error) {
      closeSync(fd);
      rmSync(unfinished, { force: true });
      throw error;
    }
  }

  close(): void { closeSync(this.#fd); }

  /** Its name was given to another, or taken away: what is written is lost with it. */
  get isGone(): boolean { return fstatSync(this.#fd).nlink === 0; }

  /** The whole ones of a log of its own, oldest first. */
  readTicks(): Tick[] {
    const size = this.#slotBytes, log = read(this.#fd, this.#logAt, this.#slots * size), ticks: Tick[] = [];
    for (let at = 0; at < log.length; at += size) {
      const slot = log.subarray(at, at + size);
      if (slot.readUInt32LE(12) !== checksum(slot) || slot.readUInt32LE(8) === 0) continue;
      ticks.push({ number: slot.readUInt32LE(8), atMs: slot.readDoubleLE(0), readings: Float64Array.from(this.table.sources, (_, i) => slot.readDoubleLE(SLOT_HEAD_BYTES + 8 * i)) });
    }
    return ticks.sort((a, b) => a.number - b.number);
  }

  writeCheckpoint(number: number, consolidator: Consolidator): void {
    const block = Buffer.alloc(this.#checkpointBytes);
    let at = CHECKPOINT_HEAD_BYTES;
    for (const doubles of doublesOf(consolidator)) for (const value of doubles) at = block.writeDoubleLE(value, at);
    for (const { unknown } of consolidator.preparations) for (const count of unknown) at = block.writeUInt32LE(count, at);
    block.writeDoubleLE(consolidator.updatedMs, 0);
    block.writeUInt32LE(number, 8);
    block.writeUInt32LE(checksum(block), 12);
    this.#checkpointTurn = 1 - this.#checkpointTurn;
    writeAt(this.#fd, block, this.#checkpointAt + this.#checkpointTurn * this.#checkpointBytes);
  }
  /** The newest one is there. */
  #checkpointTurn = 1;

  /** The newest whole one. */
  readCheckpoint(): Checkpoint | undefined {
    const size = this.#checkpointBytes, both = read(this.#fd, this.#checkpointAt, 2 * size);
    const newest = [0, 1].map(turn => ({ turn, block: both.subarray(turn * size, (turn + 1) * size) })).filter(({ block }) => block.readUInt32LE(12) === checksum(block))
      .sort((a, b) => b.block.readUInt32LE(8) - a.block.readUInt32LE(8))[0];
    if (!newest) return undefined;
    this.#checkpointTurn = newest.turn;
    const { block } = newest, consolidator = new Consolidator(this.table.sources, this.table.forms);
    let at = CHECKPOINT_HEAD_BYTES;
    for (const doubles of doublesOf(consolidator)) for (let i = 0; i < doubles.length; i++, at += 8) doubles[i] = block.readDoubleLE(at);
    for (const { unknown } of consolidator.preparations) for (let i = 0; i < unknown.length; i++, at += 4) unknown[i] = block.readUInt32LE(at);
    consolidator.updatedMs = block.readDoubleLE(0);
    return { number: block.readUInt32LE(8), consolidator };
  }

  writeRows(rows: readonly Row[]): void {
    this.#rings.forEach(({ at, rowBytes, form }, f) => {
      const own = rows.filter(row => row.form === f);
      // Neighbours in the ring go out in one write.
      for (let begin = 0, end = 1; begin < own.length; begin = end, end++) {
        const place = placeOf(own[begin], form);
        while (end < own.length && place + end - begin < form.rows && placeOf(own[end], form) === place + end - begin) end++;
        writeAt(this.#fd, Buffer.concat(own.slice(begin, end).map(sealed)), at + place * rowBytes);
      }
    });
  }

  /** So many rows up to the one that ends at second `at`, oldest first, each as `Row.values` is; NaN where none is. */
  readRows(f: number, at: number, count: number): Float32Array {
    const ring = this.#rings[f];
    if (!ring) return new Float32Array(0);
    const { rowBytes, form } = ring, width = (rowBytes - SEAL_BYTES) / 4, out = new Float32Array(count * width).fill(NaN), step = secondsPerRow(form);
    const firstNumber = at / step - count + 1, firstPlace = modulo(firstNumber, form.rows), untilEnd = Math.min(count, form.rows - firstPlace);
    const bytes = Buffer.concat([read(this.#fd, ring.at + firstPlace * rowBytes, untilEnd * rowBytes), read(this.#fd, ring.at, (count - untilEnd) * rowBytes)]);
    for (let row = 0; row < count; row++) {
      const begin = row * rowBytes, payload = bytes.subarray(begin + SEAL_BYTES, begin + rowBytes);
      if (bytes.readUInt32LE(begin) !== crc32(payload, (firstNumber + row) * step >>> 0)) continue;
      for (let i = 0; i < width; i++) out[row * width + i] = payload.readFloatLE(4 * i);
    }
    return out;
  }
}

const modulo = (n: number, m: number): number => ((n % m) + m) % m;
const placeOf = (row: Row | undefined, form: Form): number => (row ? modulo(row.at / secondsPerRow(form), form.rows) : NaN);
/** The time is the checksum's beginning: the same values at another time have another seal. */
const sealed = ({ at, values }: Row): Buffer => {
  const row = Buffer.alloc(SEAL_BYTES + 4 * values.length);
  values.forEach((value, i) => { row.writeFloatLE(value, SEAL_BYTES + 4 * i); });
  row.writeUInt32LE(crc32(row.subarray(SEAL_BYTES), at >>> 0), 0);
  return row;
};

/** Of a slot or a checkpoint: everything but the checksum itself, which stands at 12. */
const checksum = (block: Buffer): number => crc32(block.subarray(16), crc32(block.subarray(0, 12)));

const doublesOf = (consolidator: Consolidator): Float64Array[] => [consolidator.last, consolidator.value, consolidator.unknownSeconds, ...consolidator.preparations.map(({ value }) => value)];

/** JSON has no infinity. No two files have the same. */
const printTable = (table: Table): string => JSON.stringify({ ...table, born: randomUUID(), sources: table.sources.map(source => ({ ...source, min: String(source.min), max: String(source.max) })) });
const parseTable = (text: string): Table => {
  const table = JSON.parse(text) as Omit<Table, 'sources'> & { sources: readonly (Omit<DataSource, 'min' | 'max'> & { min: string; max: string })[] };
  return { ...table, sources: table.sources.map(source => ({ ...source, min: Number(source.min), max: Number(source.max) })) };
};

const read = (fd: number, at: number, length: number): Buffer => {
  const buffer = Buffer.alloc(length);
  for (let got = 0; got < length;) {
    const bytes = readSync(fd, buffer, got, length - got, at + got);
    if (bytes === 0) throw new Error('the file is too short');
    got += bytes;
  }
  return buffer;
};

export const writeAt = (fd: number, bytes: Buffer, at: number): void => {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
};

const syncDirectory = (directory: string): void => {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try { fsyncSync(fd); } finally { closeSync(fd); }
};
