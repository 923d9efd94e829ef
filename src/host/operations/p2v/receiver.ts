import { ApiError } from '../../../shared/api';
import type { Disposable } from '../../../shared/lib/emitter';
import type { OpenDisk } from '../../storage/contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { toApiError } from '../failure';
import { repositoryOf } from '../vdi/make';
import { claimVdis } from '../vdi/claim';
import { CHUNK_BYTES, chunksOf, keepTransfer, show, vdisOf, vmOf, type Transfer } from './kept';

/* Takes the chunks of one machine's disks. What is written counts for a client that comes back; after a crash only what was flushed before the
 * database heard of it does. Chunks come in any order, several at once, and again. */

const CHECKPOINT_CHUNKS = 8, CHECKPOINT_MS = 3_000;
/** Between those that hold nothing but zeros, so much of a chunk is written in one piece. */
const BLOCK_BYTES = 64 * 1024;
const ZEROES = Buffer.alloc(BLOCK_BYTES);

interface Opened { writers: readonly OpenDisk[]; claim: Disposable }

export class Receiver {
  readonly #desk: Desk;
  readonly #written: Buffer[];
  #transfer: Transfer;
  #open: Promise<Opened> | undefined;
  #closing: Promise<void> | undefined;
  #checkpointing: Promise<void> | undefined;
  readonly #underWay = new Set<Promise<void>>();
  #sinceCheckpoint = 0;
  #checkedAt: number;
  #shown = { at: -Infinity, bytes: 0, rate: 0 };
  heardAt: number;

  constructor(desk: Desk, transfer: Transfer) {
    this.#desk = desk;
    this.#transfer = transfer;
    this.#written = transfer.disks.map(({ done }) => Buffer.from(done, 'base64'));
    this.heardAt = transfer.heardAt;
    this.#checkedAt = performance.now();
  }

  get transfer(): Transfer { return this.#transfer; }
  get isOpen(): boolean { return this.#open !== undefined; }
  /** A bit for each chunk that is there, as base64, by disk. */
  done(): string[] { return this.#written.map(bits => bits.toString('base64')); }

  /** Another token: the one before is good for nothing any more. */
  renew(token: string): void {
    this.heardAt = this.#desk.now();
    this.#transfer = { ...this.#transfer, token };
    this.#keep(this.#transfer.disks.map(({ done }) => done));
  }

  /** @param doneBytes of what is to be read in all, as the agent counts */
  async put(disk: number, chunk: number, bytes: Buffer, doneBytes: number): Promise<void> {
    const size = this.#transfer.disks[disk]?.sizeBytes;
    if (size === undefined || !Number.isInteger(chunk) || chunk < 0 || chunk >= chunksOf(size)) throw new ApiError('INVALID_VALUE', 'chunk', `${disk}/${chunk}`);
    if (bytes.length !== Math.min(CHUNK_BYTES, size - chunk * CHUNK_BYTES)) throw new ApiError('INVALID_VALUE', 'chunk', `${bytes.length} bytes`);
    this.heardAt = this.#desk.now();
    await this.#closing;
    const work = this.#write(disk, chunk, bytes);
    this.#underWay.add(work);
    try { await work; } catch (error) { throw toApiError(error, {}); } finally { this.#underWay.delete(work); }
    if (++this.#sinceCheckpoint < CHECKPOINT_CHUNKS && performance.now() - this.#checkedAt < CHECKPOINT_MS) return;
    await this.checkpoint();
    this.#show(doneBytes);
  }

  async #write(disk: number, chunk: number, bytes: Buffer): Promise<void> {
    const writer = (await this.#opened()).writers[disk];
    if (!writer) throw new ApiError('INTERNAL_ERROR', 'no such disk');
    for (const [from, to] of filled(bytes)) await writer.write(chunk * CHUNK_BYTES + from, bytes.subarray(from, to));
    const bits = this.#written[disk];
    if (bits) bits[chunk >> 3] = (bits[chunk >> 3] ?? 0) | 1 << (chunk & 7);
  }

  #opened(): Promise<Opened> {
    this.#open ??= this.#openAll().catch((error: unknown) => { this.#open = undefined; throw error; });
    return this.#open;
  }

  async #openAll(): Promise<Opened> {
    const desk = this.#desk, vdis = vdisOf(desk, this.#transfer);
    if (vdis.length !== this.#transfer.disks.length) throw new ApiError('VDI_MISSING', '', '');
    const claim = claimVdis(desk, vdis, 'update'), writers: OpenDisk[] = [];
    try {
      for (const vdi of vdis) {
        const { SR, uuid } = desk.store.get('VDI', vdi);
        writers.push(await desk.openImage(repositoryOf(desk, SR).locate(uuid), 'write'));
      }
      return { writers, claim };
    } catch (error) {
      await Promise.allSettled(writers.map(writer => writer.close()));
      claim.dispose();
      throw error;
    }
  }

  /** What is written until now is safe when this resolves. */
  checkpoint(): Promise<void> {
    return this.#checkpointing ??= this.#checkpoint().finally(() => { this.#checkpointing = undefined; });
  }

  async #checkpoint(): Promise<void> {
    this.#sinceCheckpoint = 0;
    this.#checkedAt = performance.now();
    const done = this.done();
    if (this.#open) await Promise.all((await this.#open).writers.map(writer => writer.flush()));
    this.#keep(done);
  }

  #keep(done: readonly string[]): void {
    this.#transfer = { ...this.#transfer, heardAt: this.heardAt, disks: this.#transfer.disks.map((disk, index) => ({ ...disk, done: done[index] ?? disk.done })) };
    keepTransfer(this.#desk, this.#transfer);
  }

  /** Flushes and lets go of the disks. The next chunk opens them again. */
  close(): Promise<void> {
    return this.#closing ??= this.#close().finally(() => { this.#closing = undefined; });
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#checkpointing?.catch(() => { /* said to whoever asked for it */ });
    const open = this.#open, done = this.done();
    if (!open) return;
    this.#open = undefined;
    const { writers, claim } = await open;
    try {
      const outcomes = await Promise.allSettled(writers.map(async writer => { try { await writer.flush(); } finally { await writer.close(); } }));
      const failed = outcomes.find(outcome => outcome.status === 'rejected');
      if (failed) throw toApiError(failed.reason, {});
      this.#keep(done);
    } finally { claim.dispose(); }
  }

  #show(doneBytes: number): void {
    const now = performance.now(), { at, bytes, rate } = this.#shown, vm = vmOf(this.#desk, this.#transfer);
    if (doneBytes < bytes || vm === undefined) return;
    const latest = Number.isFinite(at) ? Math.max(0, doneBytes - bytes) / ((now - at) / 1000) : 0;
    this.#shown = { at: now, bytes: doneBytes, rate: rate === 0 ? latest : rate + (latest - rate) / 5 };
    show(this.#desk, vm, { 'p2v-done': String(doneBytes), 'p2v-rate': String(Math.round(this.#shown.rate)), 'p2v-heard': datetime(this.#desk.now()) });
  }
}

/** The parts with something in them: [from, to). */
const filled = (bytes: Buffer): (readonly [number, number])[] => {
  const parts: [number, number][] = [];
  for (let from = 0; from < bytes.length; from += BLOCK_BYTES) {
    const to = Math.min(bytes.length, from + BLOCK_BYTES);
    if (bytes.subarray(from, to).equals(ZEROES.subarray(0, to - from))) continue;
    const last = parts.at(-1);
    if (last?.[1] === from) last[1] = to; else parts.push([from, to]);
  }
  return parts;
};
