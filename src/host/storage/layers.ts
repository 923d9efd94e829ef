import { open, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { DiskImage } from '../engine/contract';
import { readQcow2Map, type Qcow2Map } from './qcow2-header';

/* What an image shows, read from its own files: raw, or qcow2 on what it stands on. Only while nobody writes any of them: whoever calls this holds QEMU's locks (open-image.ts). What only QEMU
 * can read - compressed clusters, and everything that looks odd - is left to it, part by part, and images that are wholly such are not opened here. Source: QEMU's docs/interop/qcow2.txt. */

export type ReadPart = (offset: number, target: Buffer) => Promise<void>;
/** So many bytes from a place on: where they lie. */
type Run = { length: number; is: 'here'; file: FileHandle; at: number } | { length: number; is: 'zeros' | 'below' | 'for-qemu' };
interface Layer { readonly sizeBytes: number; find(offset: number, length: number): Run | Promise<Run>; close(): Promise<void> }

const LAYERS_MAX = 64;

export class Layers {
  readonly #layers: readonly Layer[];
  private constructor(layers: readonly Layer[]) { this.#layers = layers; }

  /** Undefined: QEMU has to read it. */
  static async open({ format, source }: DiskImage): Promise<Layers | undefined> {
    if (source.by !== 'file') return undefined;
    const layers: Layer[] = [];
    let isWhole = false;
    try {
      for (let next: Place | undefined = { path: source.path, format }; next !== undefined;) {
        if (layers.length === LAYERS_MAX) return undefined;
        const opened = await openLayer(next);
        if (!opened) return undefined;
        layers.push(opened.layer);
        next = opened.below;
      }
      isWhole = true;
      return new Layers(layers);
    } catch { return undefined; /* QEMU has it open, and says what is wrong with it */ } finally { if (!isWhole) await closeAll(layers); }
  }

  /** @param byQemu reads what is not for us */
  async read(offset: number, target: Buffer, byQemu: ReadPart): Promise<void> {
    for (let done = 0; done < target.length;) {
      const run = await this.#joined(offset + done, target.length - done), part = target.subarray(done, done + run.length);
      if (run.is !== 'here') { if (run.is === 'zeros') part.fill(0); else await byQemu(offset + done, part); }
      else if (await readFrom(run.file, run.at, part) < part.length) await byQemu(offset + done, part); // the file ends within a cluster
      done += part.length;
    }
  }

  close(): Promise<void> { return closeAll(this.#layers); }

  /** As far as it lies in one piece. */
  async #joined(offset: number, length: number): Promise<Run> {
    const run = await this.#find(0, offset, length);
    while (run.length < length) {
      const next = await this.#find(0, offset + run.length, length - run.length);
      if (next.is !== run.is || (run.is === 'here' && next.is === 'here' && (next.file !== run.file || next.at !== run.at + run.length))) break;
      run.length += next.length;
    }
    return run;
  }

  async #find(index: number, offset: number, length: number): Promise<Run> {
    const layer = this.#layers[index];
    // Beyond its end, an image shows zeros to those that stand on it and are larger.
    if (!layer || offset >= layer.sizeBytes) return { length, is: 'zeros' };
    const run = await layer.find(offset, Math.min(length, layer.sizeBytes - offset));
    return run.is === 'below' ? this.#find(index + 1, offset, run.length) : run;
  }
}

interface Place { path: string; format: string }

const openLayer = async ({ path, format }: Place): Promise<{ layer: Layer; below: Place | undefined } | undefined> => {
  if (format !== 'raw' && format !== 'qcow2') return undefined;
  const file = await open(path, 'r');
  let taken: Layer | undefined;
  try {
    const facts = await file.stat();
    if (!facts.isFile()) return undefined;
    if (format === 'raw') { taken = rawLayer(file, facts.size); return { layer: taken, below: undefined }; }
    const map = await readQcow2Map(path, async (offset, length) => { const bytes = Buffer.alloc(length); return bytes.subarray(0, await readFrom(file, offset, bytes)); });
    // Without a format QEMU would guess: it is not ours to.
    if (!map || (map.backing && (map.backing.format === undefined || /^[a-z][a-z0-9+.-]*:/i.test(map.backing.name)))) return undefined;
    taken = new Qcow2Layer(file, map);
    return { layer: taken, below: map.backing && { path: resolve(dirname(path), map.backing.name), format: map.backing.format! } };
  } finally { if (!taken) await file.close(); }
};

const rawLayer = (file: FileHandle, sizeBytes: number): Layer => ({ sizeBytes, find: (at, length) => ({ length, is: 'here', file, at }), close: () => file.close() });

const ENTRY_BYTES = 8, SLICE_BYTES = 4096, SLICES_KEPT = 16;
const IS_COMPRESSED = 0x4000_0000, READS_ZEROS = 1, HIGH_OFFSET = 0x00ff_ffff, LOW_OFFSET = 0xffff_fe00, RESERVED_HIGH = 0x3f00_0000, RESERVED_LOW = 0x1fe;

class Qcow2Layer implements Layer {
  readonly sizeBytes: number;
  readonly #file: FileHandle;
  readonly #map: Qcow2Map;
  readonly #clusterBytes: number;
  /** Pieces of second tables by where they lie, the one that was used last at the end. */
  readonly #slices = new Map<number, Promise<Buffer>>();

  constructor(file: FileHandle, map: Qcow2Map) { this.#file = file; this.#map = map; this.sizeBytes = map.virtualSizeBytes; this.#clusterBytes = 2 ** map.clusterBits; }

  async find(offset: number, length: number): Promise<Run> {
    const clusterBytes = this.#clusterBytes, perTable = clusterBytes / ENTRY_BYTES, cluster = Math.floor(offset / clusterBytes), index = cluster % perTable, within = offset % clusterBytes;
    const l1At = Math.floor(cluster / perTable) * ENTRY_BYTES, table = l1At + ENTRY_BYTES <= this.#map.l1.length ? placeIn(this.#map.l1, l1At) : 0;
    if (table === 0) return { length: Math.min(length, (perTable - index) * clusterBytes - within), is: 'below' };
    if (table % clusterBytes !== 0) return { length: Math.min(length, clusterBytes - within), is: 'for-qemu' };
    const sliceBytes = Math.min(SLICE_BYTES, clusterBytes), perSlice = sliceBytes / ENTRY_BYTES, slice = await this.#slice(table + Math.floor(index / perSlice) * sliceBytes, sliceBytes);
    if (slice.length < sliceBytes) return { length: Math.min(length, clusterBytes - within), is: 'for-qemu' };
    let entry = index % perSlice;
    const { is, at } = this.#read(slice, entry);
    let found = clusterBytes - within;
    for (entry++; found < length && entry < perSlice; entry++, found += clusterBytes) {
      const next = this.#read(slice, entry);
      if (next.is !== is || (is === 'here' && next.at !== at + within + found)) break;
    }
    return is === 'here' ? { length: Math.min(length, found), is, file: this.#file, at: at + within } : { length: Math.min(length, found), is };
  }

  close(): Promise<void> { return this.#file.close(); }

  #read(slice: Buffer, entry: number): { is: Run['is']; at: number } {
    const high = slice.readUInt32BE(entry * ENTRY_BYTES), low = slice.readUInt32BE(entry * ENTRY_BYTES + 4), at = placeIn(slice, entry * ENTRY_BYTES);
    if ((high & IS_COMPRESSED) !== 0) return { is: 'for-qemu', at: 0 };
    if ((high & RESERVED_HIGH) !== 0 || (low & RESERVED_LOW) !== 0 || at % this.#clusterBytes !== 0 || (this.#map.version < 3 && (low & READS_ZEROS) !== 0)) return { is: 'for-qemu', at: 0 };
    if ((low & READS_ZEROS) !== 0) return { is: 'zeros', at: 0 };
    return at === 0 ? { is: 'below', at } : { is: 'here', at };
  }

  #slice(at: number, length: number): Promise<Buffer> {
    const kept = this.#slices.get(at), slice = kept ?? this.#fetch(at, length);
    this.#slices.delete(at);
    this.#slices.set(at, slice);
    if (this.#slices.size > SLICES_KEPT) this.#slices.delete(this.#slices.keys().next().value!);
    return slice;
  }
  async #fetch(at: number, length: number): Promise<Buffer> { const bytes = Buffer.alloc(length); return bytes.subarray(0, await readFrom(this.#file, at, bytes)); }
}

const placeIn = (table: Buffer, at: number): number => (table.readUInt32BE(at) & HIGH_OFFSET) * 2 ** 32 + ((table.readUInt32BE(at + 4) & LOW_OFFSET) >>> 0);

/** Answers how much there was. */
const readFrom = async (file: FileHandle, at: number, target: Buffer): Promise<number> => {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await file.read(target, done, target.length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
};

const closeAll = async (layers: readonly Layer[]): Promise<void> => { await Promise.all(layers.map(layer => layer.close())); };
