import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openArchives, type ArchivesOptions, type LiveArchives } from './archives';
import type { DataSource, Owner } from './contract';
import { formsOf } from './forms';

/* The service is killed at every byte that it writes, into the log and into an archive, also while it repairs: what is read afterwards is what was there before
 * the tick, or after it. */

interface Write { file: string; at: number; bytes: Buffer }
const written = vi.hoisted((): { log: Write[] | undefined; isFull: boolean } => ({ log: undefined, isFull: false }));
vi.mock('node:fs', async original => {
  const real = await original<typeof fs>();
  const writeSync = (fd: number, buffer: Buffer, offset: number, length: number, at: number): number => {
    // As the kernel does it: what has room is written, the rest is refused.
    if (written.isFull && at + length > real.fstatSync(fd).size) {
      if (at >= real.fstatSync(fd).size) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      return real.writeSync(fd, buffer, offset, real.fstatSync(fd).size - at, at);
    }
    written.log?.push({ file: real.readlinkSync(`/proc/self/fd/${fd}`), at, bytes: Buffer.from(buffer.subarray(offset, offset + length)) });
    return real.writeSync(fd, buffer, offset, length, at);
  };
  return { ...real, default: { ...real, writeSync }, writeSync };
});

const VM: Owner = { kind: 'vm', uuid: '22222222-2222-2222-2222-222222222222' };
const SOURCES: readonly DataSource[] = (['gauge', 'derive', 'gauge'] as const).map((type, i) => ({ name: `source_${i}`, description: '', units: '', type, min: 0, max: Infinity, standard: true }));
/** 23:50 of a day: the ticks below run over a minute, an hour and a day. */
const BEGIN = 19_675 * 86_400 - 600;
const FORMS = formsOf(false).map(form => ({ ...form, rows: Math.min(form.rows, 30) }));

let directory: string, file: string;
beforeAll(() => { directory = fs.mkdtempSync(path.join(os.tmpdir(), 'metrics-')); file = path.join(directory, `vm-${VM.uuid}.rrd`); });
afterAll(() => { fs.rmSync(directory, { recursive: true }); });

const said: string[] = [];
const open = (log: Partial<ArchivesOptions['log']> = {}): LiveArchives =>
  openArchives({ directory, log: { info: () => undefined, warn: what => { said.push(what); }, error: (what, facts) => { throw new Error(`${what} ${JSON.stringify(facts)}`); }, ...log }, forms: FORMS });
const tick = (archives: LiveArchives, i: number): void => { archives.update((BEGIN + 5 * i) * 1000, [{ owner: VM, sources: SOURCES, values: Float64Array.of(i, i * i, i % 3 === 0 ? NaN : 7) }]); };
const TICKS = 150;
/** Everything that is kept, up to a second. */
const everything = (archives: LiveArchives): string => JSON.stringify(archives.read(VM, archive => FORMS.map((form, f) => [...archive.rows(f, archive.newestRowAt(f), form.rows)])));

type Image = ReadonlyMap<string, Buffer>;
const imageOf = (): Image => new Map(fs.readdirSync(directory).map(name => [path.join(directory, name), fs.readFileSync(path.join(directory, name))]));
const put = (image: Image): void => {
  for (const name of fs.readdirSync(directory)) if (!image.has(path.join(directory, name))) fs.rmSync(path.join(directory, name));
  for (const [name, bytes] of image) fs.writeFileSync(name, bytes);
};
/** What the service finds that starts after a kill, and what it writes meanwhile. */
const afterKill = (image: Image): { all: string; writes: Write[] } => {
  put(image);
  const writes: Write[] = written.log = [], archives = open();
  written.log = undefined;
  try { return { all: everything(archives), writes }; } finally { archives.dispose(); }
};
/** Every state that the files pass through. */
function* killed(image: Image, writes: readonly Write[]): Generator<Image> {
  const files = new Map([...image].map(([name, bytes]) => [name, Buffer.from(bytes)]));
  for (const { file: name, at, bytes } of writes) {
    for (let n = 0; n < bytes.length; n++) {
      yield files;
      const old = files.get(name) ?? Buffer.alloc(0), now = old.length > at + n ? old : Buffer.concat([old, Buffer.alloc(at + n + 1 - old.length)]);
      now[at + n] = bytes[n] ?? 0;
      files.set(name, now);
    }
  }
  yield files;
}

it('a kill at any byte of a tick costs at most this tick', () => {
  let archives = open();
  const states: { image: Image; all: string }[] = [], writes: Write[][] = [];
  for (let i = 0; i <= TICKS; i++) {
    written.log = [];
    tick(archives, i);
    writes.push(written.log);
    states.push({ image: imageOf(), all: everything(archives) });
  }
  written.log = undefined;
  let kills = 0, lost = 0, killsOfRepairs = 0;
  // The archive's file is written at 111 and 141, the log turns to its other file at 119, the day ends at 120.
  expect([111, 119, 120, 141].map(i => new Set(writes[i]?.map(write => path.basename(write.file))))).toEqual([
    ['ticks-1.log', path.basename(file)], ['ticks-0.log'], ['ticks-0.log'], ['ticks-0.log', path.basename(file)]].map(names => new Set(names)));
  for (const i of [110, 111, 119, 120, 141]) {
    const before = states[i - 1], after = states[i];
    if (!before || !after) throw new Error('no state');
    for (const image of killed(before.image, writes[i] ?? [])) {
      const found = afterKill(image);
      if (found.all !== before.all && found.all !== after.all) throw new Error(`killed in tick ${i}: ${found.all}`);
      if (found.all === before.all) lost++;
      // And killed again while it brings the file up to date.
      if (kills++ % 150 !== 0) continue;
      for (const second of killed(new Map(image), found.writes)) {
        if (killsOfRepairs++ % 13 === 0 && afterKill(second).all !== found.all) throw new Error(`killed in the repair after tick ${i}`);
      }
    }
  }
  expect(kills).toBeGreaterThan(1000);
  expect(killsOfRepairs).toBeGreaterThan(1000);
  expect(lost).toBeGreaterThan(0);
  // And it goes on from there: all but the tick that was lost.
  put(states[130]?.image ?? new Map());
  archives = open();
  for (let i = 132; i <= TICKS; i++) tick(archives, i);
  expect(archives.read(VM, archive => [...archive.rows(0, BEGIN + 5 * 140, 10)].filter((_, i) => i % 3 === 0))).toEqual([132, 132, 133, 134, 135, 136, 137, 138, 139, 140]);
  archives.dispose();
}, 60_000);

it('a damaged byte of the log, or an end that is cut off, costs ticks, and makes no value that never was', () => {
  const archives = open(), logs = (['ticks-0.log', 'ticks-1.log'] as const).map(name => path.join(directory, name));
  put(new Map());
  for (let i = 0; i <= 100; i++) tick(archives, i);
  const image = imageOf();
  archives.dispose();
  let ticks = 0;
  const compare = (name: string, bytes: Buffer): void => {
    const [ring = []] = JSON.parse(afterKill(new Map([...image, [name, bytes]])).all) as (number | null)[][], newest = Number(ring.at(-3));
    // A gauge says its tick. One that is lost is made up from the next.
    ring.forEach((value, at) => {
      const i = newest - (29 - Math.floor(at / 3)), isRight = [value === null || (value >= i && value <= newest), value === null || (value > 0 && value < 2 * newest / 5), value === null || value === 7][at % 3];
      if (isRight !== true) throw new Error(`column ${at % 3} at tick ${i} of ${newest}: ${value}`);
    });
    ticks += 100 - newest;
  };
  for (const name of logs) {
    const whole = image.get(name) ?? Buffer.alloc(0);
    for (let at = 0; at < whole.length; at += 13) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << at % 8);
      compare(name, damaged);
      if (at % 3 === 0) compare(name, whole.subarray(0, at));
    }
    expect(whole.length).toBeGreaterThan(2000);
  }
  expect(ticks).toBeGreaterThan(0);
}, 60_000);

it('on a full disk the log is said to be full, once; figures go on, and a kill costs what was not in the archive yet', () => {
  put(new Map());
  const troubles: string[] = [], newest = (archives: LiveArchives): number[] => archives.read(VM, archive => [...archive.rows(0, archive.newestRowAt(0), 30)].filter((_, i) => i % 3 === 0)) ?? [];
  let archives = open({ error: what => { troubles.push(what); } });
  for (let i = 0; i <= 40; i++) tick(archives, i);
  written.isFull = true;
  for (let i = 41; i <= 45; i++) tick(archives, i);
  expect(troubles).toEqual(['the log of metrics cannot be written: a crash would cost minutes']);
  expect(newest(archives)).toEqual(Array.from({ length: 30 }, (_, i) => i + 16));
  const image = imageOf();
  // The first file of the log is long enough: there is room again. The archive's own room was always there.
  for (let i = 46; i <= 85; i++) tick(archives, i);
  expect(newest(archives).at(-1)).toBe(85);
  archives = open();
  expect(newest(archives)).toEqual(Array.from({ length: 30 }, (_, i) => i + 56));
  written.isFull = false;
  for (let i = 86; i <= 90; i++) tick(archives, i);
  expect(newest(open())).toEqual(Array.from({ length: 30 }, (_, i) => i + 61));
  expect(troubles).toHaveLength(1);
  archives.dispose();
  const [ring] = JSON.parse(afterKill(image).all) as number[][];
  expect(ring?.filter((_, i) => i % 3 === 0).slice(-3)).toEqual([38, 39, 40]);
});

it('a damaged byte, or an end that is cut off, makes no value that never was', () => {
  fs.rmSync(file);
  let archives = open();
  for (let i = 0; i <= TICKS; i++) tick(archives, i);
  archives.dispose();
  const whole = fs.readFileSync(file), values = JSON.parse(everything(open())) as (number | null)[][];
  const compare = (): void => {
    const kept = JSON.parse(everything(open()) ?? 'null') as (number | null)[][];
    kept.forEach((ring, f) => { ring.forEach((value, i) => { if (value !== null && value !== values[f]?.[i]) throw new Error(`${value} is not ${values[f]?.[i]}`); }); });
  };
  // The head and the newest ticks are another matter: the one begins anew, without the others there is an older newest.
  const ringsAt = whole.length - FORMS.reduce((sum, form) => sum + form.rows * (4 + 4 * SOURCES.length), 0);
  for (let at = ringsAt; at < whole.length; at += 11) {
    const image = Buffer.from(whole);
    image[at] = (image[at] ?? 0) ^ (1 << at % 8);
    fs.writeFileSync(file, image);
    compare();
  }
  for (let length = ringsAt; length < whole.length; length += 53) {
    fs.writeFileSync(file, whole.subarray(0, length));
    compare();
  }
  for (let at = 0; at < ringsAt; at += 17) {
    const image = Buffer.from(whole);
    image[at] = (image[at] ?? 0) ^ 0x10;
    fs.writeFileSync(file, image);
    archives = open();
    for (let i = TICKS + 1; i <= TICKS + 3; i++) tick(archives, i);
    expect(archives.query(VM, 'source_0'), `damaged at ${at}`).toBe(TICKS + 3);
    archives.dispose();
  }
  expect(new Set(said)).toEqual(new Set(['an archive of metrics is damaged and begins anew']));
}, 60_000);
