import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openArchives, type ArchivesOptions, type LiveArchives } from './archives';
import { RrdError, type DataSource, type Owner, type Reading } from './contract';
import { formsOf } from './forms';

const VM: Owner = { kind: 'vm', uuid: '22222222-2222-2222-2222-222222222222' }, OTHER: Owner = { kind: 'vm', uuid: '33333333-3333-3333-3333-333333333333' };
const BEGIN = 1_700_000_040; // a full minute
const source = (name: string, more: Partial<DataSource> = {}): DataSource => ({ name, description: `what ${name} is`, units: 'B/s', type: 'gauge', min: 0, max: Infinity, standard: true, ...more });
const reading = (sources: readonly DataSource[], ...values: number[]): Reading => ({ owner: VM, sources, values: Float64Array.from(values) });

let directory: string, archives: LiveArchives;
const said: string[] = [];
const log = { info: () => undefined, warn: (what: string) => { said.push(what); }, error: (what: string) => { said.push(what); } };
const open = (more: Partial<ArchivesOptions> = {}): LiveArchives => openArchives({ directory, log, ...more });
beforeEach(() => { directory = fs.mkdtempSync(path.join(os.tmpdir(), 'metrics-')); said.length = 0; archives = open(); });
afterEach(() => { archives.dispose(); fs.rmSync(directory, { recursive: true }); });

const file = (owner = VM): string => path.join(directory, `${owner.kind}-${owner.uuid}.rrd`);
/** But for the log. */
const files = (): string[] => fs.readdirSync(directory).filter(name => !name.endsWith('.log'));
/** The newest rows of an archive, oldest first; one source. */
const rows = (f: number, count: number, column = 0, owner = VM): number[] => archives.read(owner, archive => {
  const values = archive.rows(f, archive.newestRowAt(f), count), width = values.length / count;
  return Array.from({ length: count }, (_, row) => values[row * width + column] ?? -1);
}) ?? [];
/** From BEGIN on, a reading every 5 s. */
const feed = (from: number, to: number, make: (i: number) => Reading | undefined): void => {
  for (let i = from; i <= to; i++) { const one = make(i); archives.update((BEGIN + 5 * i) * 1000, one ? [one] : []); }
};
/** As after a kill: nothing is written any more. */
const crash = (more: Partial<ArchivesOptions> = {}): void => { archives = open(more); };

describe('values', () => {
  it('a gauge is kept as it was read; the first reading says nothing about the time before it', () => {
    const sources = [source('memory')];
    feed(0, 24, i => reading(sources, i));
    expect(rows(0, 5)).toEqual([20, 21, 22, 23, 24]);
    expect(rows(1, 3)).toEqual([NaN, 6.5, 18.5]);
  });

  it('a counter gives a rate, a counter that went down gives nothing, one beyond its limit neither, but for an unsteady clock', () => {
    const sources = [source('rx', { type: 'derive' }), source('cpu0', { type: 'derive', max: 1 })];
    const counters = [[0, 0], [50, 5], [100, 10.2], [20, 20], [70, 20]];
    feed(0, 4, i => reading(sources, ...counters[i] ?? []));
    expect(rows(0, 4, 0)).toEqual([10, 10, NaN, 10]);
    expect(rows(0, 4, 1)).toEqual([1, 1, NaN, 0]); // 1.04 is the limit, 1.96 is nonsense
  });

  it('an absolute counter is a rate since the last reading', () => {
    const sources = [source('events', { type: 'absolute' })];
    feed(0, 2, () => reading(sources, 20));
    expect(rows(0, 2)).toEqual([4, 4]);
  });

  it('readings between the steps are shared out by time', () => {
    const sources = [source('rx', { type: 'derive' })];
    for (const [second, bytes] of [[0, 0], [7, 700], [12, 700], [15, 1000]] as const) archives.update((BEGIN + second) * 1000, [reading(sources, bytes)]);
    expect(rows(0, 3)).toEqual([100, 40, 60]);
  });

  it('what is unknown counts for nothing, and more than half unknown is unknown', () => {
    const sources = [source('a'), source('b')];
    feed(0, 12, i => reading(sources, i <= 6 ? NaN : 8, i <= 7 ? NaN : 8));
    expect([rows(1, 1, 0), rows(1, 1, 1)]).toEqual([[8], [NaN]]);
  });

  it('a missed tick is made up from the next one; more than the heartbeat is unknown', () => {
    const sources = [source('rx', { type: 'derive' }), source('memory')];
    for (const [second, bytes] of [[0, 0], [5, 500], [15, 1500], [400, 1600], [405, 1700]] as const) archives.update((BEGIN + second) * 1000, [reading(sources, bytes, bytes)]);
    expect([rows(0, 2, 0), rows(0, 2, 1)]).toEqual([[NaN, 20], [NaN, 1700]]);
    expect(archives.read(VM, archive => [...archive.rows(0, BEGIN + 15, 3)])).toEqual([100, 500, 100, 1500, 100, 1500]);
  });

  it('a clock that is set back begins anew', () => {
    const sources = [source('memory')];
    feed(0, 3, i => reading(sources, i));
    feed(-100, -98, i => reading(sources, -i));
    expect(rows(0, 3)).toEqual([NaN, 99, 98]);
    feed(-97, 3, i => reading(sources, 7 + i * 0));
    expect(rows(0, 3)).toEqual([7, 7, 7]);
  });

  it('minimum and maximum, where the service keeps them', () => {
    crash({ minMax: true });
    const sources = [source('cpu')];
    feed(0, 24, i => reading(sources, i));
    expect(archives.read(VM, archive => [...archive.rows(1, archive.newestRowAt(1), 2)])).toEqual([6.5, 1, 12, 18.5, 13, 24]);
  });
});

describe('owners and sources', () => {
  it('a halted VM keeps its archive; the time it was away is unknown, not what comes after it', () => {
    const sources = [source('memory'), source('rx', { type: 'derive' })];
    feed(0, 12, i => reading(sources, 5, i * 50));
    feed(13, 40, () => undefined);
    expect(archives.present()).toEqual([]);
    expect(rows(0, 2)).toEqual([5, 5]);
    feed(41, 43, i => reading(sources, 9, i * 500));
    expect([rows(0, 5, 0), rows(0, 5, 1)]).toEqual([[NaN, NaN, 9, 9, 9], [NaN, NaN, NaN, 100, 100]]);
    expect(rows(0, 42, 0).slice(0, 12)).toEqual([...Array.from({ length: 11 }, () => 5), NaN]);
  });

  it('sources come later, vanish and come back; what was kept of them stays', () => {
    const one = [source('a')], two = [source('b'), source('a')];
    feed(0, 12, () => reading(one, 1));
    feed(13, 24, () => reading(two, 2, 3));
    feed(25, 36, () => reading(one, 4));
    feed(37, 48, () => reading(two, 5, 6));
    expect(archives.sourcesOf(VM).map(({ name, recorded }) => [name, recorded])).toEqual([['a', true], ['b', true]]);
    expect([rows(1, 4, 0), rows(1, 4, 1)]).toEqual([[1, 3, 4, 6], [NaN, 2, NaN, 5]]);
    crash();
    expect([rows(1, 4, 0), rows(1, 4, 1)]).toEqual([[1, 3, 4, 6], [NaN, 2, NaN, 5]]);
  });

  it('a source that is not standard is kept once it is asked for, and one that is forgotten no more', () => {
    const sources = [source('a'), source('extra', { standard: false })];
    feed(0, 1, i => reading(sources, i, i));
    expect([archives.query(VM, 'a'), archives.query(VM, 'extra')]).toEqual([1, undefined]);
    expect([archives.record(VM, 'extra'), archives.record(VM, 'extra'), archives.record(VM, 'nothing'), archives.record(OTHER, 'a')]).toEqual([true, true, false, false]);
    feed(2, 3, i => reading(sources, i, i));
    expect(archives.query(VM, 'extra')).toBe(3);
    archives.forget(VM, 'a');
    feed(4, 5, i => reading(sources, i, i));
    crash();
    feed(6, 7, i => reading(sources, i, i));
    expect(archives.sourcesOf(VM).map(({ name, recorded }) => [name, recorded])).toEqual([['extra', true], ['a', false]]);
    expect(rows(0, 3)).toEqual([5, 6, 7]);
    expect(archives.record(VM, 'a')).toBe(true);
    feed(8, 9, i => reading(sources, i, i));
    expect(archives.query(VM, 'a')).toBe(9);
  });

  it('a destroyed owner takes its file along, also when a reading of it was under way; others stay', () => {
    const sources = [source('a')];
    feed(0, 3, i => reading(sources, i));
    archives.update((BEGIN + 20) * 1000, [{ ...reading(sources, 1), owner: OTHER }]);
    archives.remove(VM);
    feed(5, 6, i => reading(sources, i));
    expect(files()).toEqual([path.basename(file(OTHER))]);
    fs.writeFileSync(`${file()}.unfinished`, 'x');
    crash();
    archives.keepOnly(() => false);
    expect(files()).toEqual([]);
  });

  it('a damaged file begins anew, one that cannot be written costs only its own', () => {
    const sources = [source('a')];
    fs.writeFileSync(file(), 'nonsense');
    feed(0, 1, i => reading(sources, i));
    expect(archives.query(VM, 'a')).toBe(1);
    expect(said).toEqual(['an archive of metrics is damaged and begins anew']);
    fs.mkdirSync(file(OTHER));
    for (const i of [2, 3]) archives.update((BEGIN + 5 * i) * 1000, [{ ...reading(sources, i), owner: OTHER }, reading(sources, i)]);
    expect([archives.query(VM, 'a'), said.slice(1)]).toEqual([3, ['metrics not kept']]);
  });

  it('a file that somebody took away while it was written is there again, with all that it had', () => {
    const sources = [source('a')];
    feed(0, 40, i => reading(sources, i));
    fs.rmSync(file());
    feed(41, 80, i => reading(sources, i));
    crash();
    expect(rows(0, 80)).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
    expect(said).toEqual([]);
  });

  it('what stands only in the log goes along with a VM that moves, and is not taken for that of another file of the same VM', () => {
    const sources = [source('a')];
    feed(0, 5, i => reading(sources, i));
    crash(); // what was only in the log came into the file
    feed(6, 9, i => reading(sources, i));
    archives.importRrd(OTHER, archives.exportRrd(VM) ?? '');
    expect(rows(0, 9, 0, OTHER)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const kept = archives.exportRrd(VM) ?? '';
    feed(10, 12, i => reading(sources, i));
    archives.importRrd(VM, kept);
    crash();
    expect(rows(0, 9)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    archives.remove(VM);
    crash();
    expect(files()).toEqual([path.basename(file(OTHER))]);
  });

  it('a file of the first form, with a log of its own, is read and goes on', () => {
    const sources = [source('a'), source('b')];
    feed(0, 30, i => reading(sources, i, 2 * i));
    archives.dispose();
    // Magic, head and two checkpoints as they are; then 32 slots of a tick, of which the newest three are behind the checkpoint; then the rings.
    const now = fs.readFileSync(file()), head = 16 + now.readUInt32LE(8), ringsAt = head + 2 * (16 + 2 * 24 + formsOf(false).length * 2 * 12), slots = Buffer.alloc(32 * 32);
    for (const i of [31, 32, 33]) {
      const slot = slots.subarray((i + 1) % 32 * 32).subarray(0, 32);
      slot.writeDoubleLE((BEGIN + 5 * i) * 1000, 0);
      slot.writeUInt32LE(i + 1, 8);
      slot.writeDoubleLE(i, 16);
      slot.writeDoubleLE(2 * i, 24);
      slot.writeUInt32LE(crc32(slot.subarray(16), crc32(slot.subarray(0, 12))), 12);
    }
    fs.writeFileSync(file(), Buffer.concat([Buffer.from('RRING001'), now.subarray(8, ringsAt), slots, now.subarray(ringsAt)]));
    crash();
    expect([rows(0, 4), rows(0, 4, 1), rows(1, 2)]).toEqual([[30, 31, 32, 33], [60, 62, 64, 66], [6.5, 18.5]]);
    feed(34, 70, i => reading(sources, i, 2 * i));
    crash();
    expect([rows(0, 70), rows(1, 5, 1)]).toEqual([Array.from({ length: 70 }, (_, i) => i + 1), [13, 37, 61, 85, 109]]);
    expect([said, fs.readFileSync(file()).toString('latin1', 0, 8)]).toEqual([[], 'RRING001']);
  });

  it('an archive that keeps averages only takes minimum and maximum from when they are wanted', () => {
    const sources = [source('a')];
    feed(0, 12, i => reading(sources, i));
    archives.dispose();
    crash({ minMax: true });
    feed(13, 24, i => reading(sources, i));
    expect(archives.read(VM, archive => [...archive.rows(1, archive.newestRowAt(1), 2)])).toEqual([6.5, NaN, NaN, 18.5, 13, 24]);
  });

  it('minimum and maximum come and go while the service runs, and the averages stay', () => {
    const sources = [source('a')], ofMinutes = (count: number): number[] => archives.read(VM, archive => [...archive.rows(1, archive.newestRowAt(1), count)]) ?? [];
    feed(0, 12, i => reading(sources, i));
    const { revision } = archives;
    archives.keepMinMax(false);
    expect(archives.revision).toBe(revision);
    archives.keepMinMax(true);
    expect(archives.revision).not.toBe(revision);
    feed(13, 24, i => reading(sources, i));
    expect(ofMinutes(2)).toEqual([6.5, NaN, NaN, 18.5, 13, 24]);
    archives.keepMinMax(false);
    feed(25, 36, i => reading(sources, i));
    expect(ofMinutes(3)).toEqual([6.5, 18.5, 30.5]);
  });

  it('the size of a file does not change with time, and is a quarter of what rrdtool takes', () => {
    const sources = Array.from({ length: 12 }, (_, i) => source(`vbd_xvda_${i}`));
    feed(0, 0, () => reading(sources));
    const { size } = fs.statSync(file());
    feed(1, 2000, () => reading(sources, 1, 2, 3));
    expect(fs.statSync(file()).size).toBe(size);
    expect(size).toBeLessThan(239_000 / 4);
  }, 60_000);
});

describe('a document that is taken over', () => {
  it('carries everything on, under another uuid', () => {
    const sources = [source('a'), source('rx', { type: 'derive' })];
    feed(0, 100, i => reading(sources, i, i * 50));
    archives.importRrd(OTHER, archives.exportRrd(VM) ?? '');
    for (const f of [0, 1]) expect(rows(f, 5, 0, OTHER)).toEqual(rows(f, 5));
    for (const i of [101, 102]) archives.update((BEGIN + 5 * i) * 1000, [{ ...reading(sources, i, i), owner: OTHER }]);
    expect([rows(0, 3, 0, OTHER), rows(0, 3, 1, OTHER)]).toEqual([[100, 101, 102], [10, NaN, 0.2].map(Math.fround)]);
  });

  it.each([
    '', '{', '{}', '<rrd>', '<rrd></rrd>', '<!DOCTYPE x [<!ENTITY a "b">]><rrd/>', '<rrd><step>1</step></rrd>', '<rrd><step>5</step><lastupdate>1e99</lastupdate></rrd>',
    '<rrd><step>5</step><lastupdate>1700000000</lastupdate><ds><name>a</name><type>COMPUTE</type></ds></rrd>',
    '<rrd><step>5</step><lastupdate>1700000000</lastupdate><ds><name>../a b</name><type>GAUGE</type></ds></rrd>',
    '<rrd><step>5</step><lastupdate>1700000000</lastupdate><ds><name>a</name><type>GAUGE</type></ds><rra><cf>AVERAGE</cf><pdp_per_row>1</pdp_per_row><database><row><v>1</v><v>2</v></row></database></rra></rrd>',
  ])('%s is none, and what was there stays', text => {
    const sources = [source('a')];
    feed(0, 3, i => reading(sources, i));
    expect(() => { archives.importRrd(VM, text); }).toThrow(RrdError);
    expect(rows(0, 3)).toEqual([1, 2, 3]);
  });
});

it('holds a year, as one would reckon it by hand', () => {
  const forms = formsOf(true).map((form, f) => (f === 0 ? { ...form, rows: 12 } : form));
  crash({ forms });
  // The host is slow: a reading every four minutes. The VM is halted for a while every few days, and the service is killed now and then.
  const sources = [source('a'), source('b', { type: 'derive' })], ticks = 360 * 380, values = new Float64Array(ticks + 1).fill(NaN), rates = new Float64Array(ticks + 1).fill(NaN);
  const time = (i: number): number => BEGIN + 240 * i, isAway = (i: number): boolean => i % 5000 > 4000 && i % 5000 < 4400;
  let counter = 0;
  for (let i = 0; i <= ticks; i++) {
    const value = Math.abs(Math.sin(i / 300)) * 1e6 + i % 7;
    counter += value * 240;
    if (i > 0 && !isAway(i)) { values[i] = value; if (!isAway(i - 1)) rates[i] = value; }
    archives.update(time(i) * 1000, isAway(i) ? [] : [reading(sources, value, counter)]);
    if (i % 11_000 === 3000) crash({ forms });
  }
  let compared = 0;
  for (const [f, { pdpsPerRow, rows: count, kinds }] of forms.entries()) {
    const step = 5 * pdpsPerRow, newest = Math.floor(time(ticks) / step) * step, kept = archives.read(VM, archive => archive.rows(f, newest, count)) ?? new Float32Array();
    for (let row = 0; row < count; row++) {
      const end = newest - (count - 1 - row) * step, first = Math.floor((end - step - BEGIN) / 240) + 1, last = Math.ceil((end - BEGIN) / 240);
      for (const [column, all] of [values, rates].entries()) {
        const own = Array.from(all.subarray(first, last + 1), (value, i) => ({ value, seconds: Math.min(end, time(first + i)) - Math.max(end - step, time(first + i - 1)) })).filter(({ value }) => !Number.isNaN(value));
        const seconds = own.reduce((sum, one) => sum + one.seconds, 0), isKnown = seconds >= step / 2;
        const expected = { AVERAGE: own.reduce((sum, one) => sum + one.value * one.seconds, 0) / seconds, MIN: Math.min(...own.map(({ value }) => value)), MAX: Math.max(...own.map(({ value }) => value)) };
        kinds.forEach((kind, k) => {
          const found = kept[(row * kinds.length + k) * 2 + column] ?? 0, wanted = isKnown ? expected[kind] : NaN;
          if (Number.isNaN(wanted) !== Number.isNaN(found) || Math.abs(found - wanted) > 1e-6 * wanted) throw new Error(`${kind} of ${step} s, column ${column}, row ${row}: ${found}, not ${wanted}`);
          compared++;
        });
      }
    }
  }
  expect(compared).toBe(2 * (12 + 3 * (120 + 168 + 366)));
}, 60_000);
