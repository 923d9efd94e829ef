import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openArchives, type LiveArchives } from './archives';
import type { DataSource, Owner } from './contract';
import { formsOf } from './forms';

/* The service is killed at every byte that it writes: what is read afterwards is what was there before the tick, or after it. */

interface Write { at: number; bytes: Buffer }
const written = vi.hoisted((): { log: Write[] | undefined } => ({ log: undefined }));
vi.mock('node:fs', async original => {
  const real = await original<typeof fs>();
  const writeSync = (fd: number, buffer: Buffer, offset: number, length: number, at: number): number => {
    written.log?.push({ at, bytes: Buffer.from(buffer.subarray(offset, offset + length)) });
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
const open = (): LiveArchives => openArchives({ directory, log: { info: () => undefined, warn: what => { said.push(what); }, error: (what, facts) => { throw new Error(`${what} ${JSON.stringify(facts)}`); } }, forms: FORMS });
const tick = (archives: LiveArchives, i: number): void => { archives.update((BEGIN + 5 * i) * 1000, [{ owner: VM, sources: SOURCES, values: Float64Array.of(i, i * i, i % 3 === 0 ? NaN : 7) }]); };
const TICKS = 140;
/** Everything that is kept, up to a second. */
const everything = (archives: LiveArchives): string => JSON.stringify(archives.read(VM, archive => FORMS.map((form, f) => [...archive.rows(f, archive.newestRowAt(f), form.rows)])));

it('a kill at any byte of a tick costs at most this tick', () => {
  let archives = open();
  const states: { file: Buffer; all: string }[] = [], writes: Write[][] = [];
  for (let i = 0; i <= TICKS; i++) {
    written.log = [];
    tick(archives, i);
    writes.push(written.log);
    states.push({ file: fs.readFileSync(file), all: everything(archives) });
  }
  written.log = undefined;
  let kills = 0, lost = 0;
  for (let i = 116; i <= 132; i++) { // the day ends at tick 120
    const before = states[i - 1], after = states[i];
    if (!before || !after) throw new Error('no state');
    fs.writeFileSync(file, before.file);
    const fd = fs.openSync(file, 'r+');
    for (const { at, bytes } of writes[i] ?? []) {
      for (let n = 0; n < bytes.length; n++) {
        const found = everything(open());
        if (found !== before.all && found !== after.all) throw new Error(`killed at byte ${at + n} in tick ${i}: ${found}`);
        if (found === before.all) lost++;
        fs.writeSync(fd, bytes, n, 1, at + n);
        kills++;
      }
    }
    fs.closeSync(fd);
    expect(fs.readFileSync(file).equals(after.file)).toBe(true);
  }
  expect(kills).toBeGreaterThan(1000);
  expect(lost).toBeGreaterThan(0);
  // And it goes on from there: all but the tick that was lost.
  fs.writeFileSync(file, states[130]?.file ?? '');
  archives = open();
  for (let i = 132; i <= TICKS; i++) tick(archives, i);
  expect(archives.read(VM, archive => [...archive.rows(0, BEGIN + 5 * 140, 10)].filter((_, i) => i % 3 === 0))).toEqual([132, 132, 133, 134, 135, 136, 137, 138, 139, 140]);
  archives.dispose();
}, 60_000);

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
