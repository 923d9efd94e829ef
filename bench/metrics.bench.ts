/* What it costs to keep 12 quantities of 100 and of 1,000 VMs, and to ask for them: our archives beside rrdtool, which gets the same updates in the same run. Time is made
 * up (a tick is 5 s further), what is written goes to the disk every six ticks as the kernel would do after 30 s. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openArchives, type LiveArchives } from '../src/host/metrics/archives';
import type { DataSource, Owner } from '../src/host/metrics/contract';
import { formsOf } from '../src/host/metrics/forms';
import { updates } from '../src/host/metrics/updates';
import { report, type Row } from './measure';
import { ownDisk, type OwnDisk } from './peers/own-disk';
import { startRrdtool, type Rrdtool } from './peers/rrdtool';

const ROUNDS = Number(process.env['ROUNDS'] ?? 5), TICKS = 12, FLUSH_EVERY = 6, SOURCES_PER_VM = 12, BEGIN = 1_700_000_000;
const SOURCES = Array.from({ length: SOURCES_PER_VM }, (_, i): DataSource => ({ name: `source_${i}`, description: 'a quantity of a virtual machine', units: 'B/s', type: i < 4 ? 'gauge' : 'derive', min: 0, max: Infinity, standard: true }));
const log = { info: () => undefined, warn: console.error, error: console.error };
const ownerOf = (i: number): Owner => ({ kind: 'vm', uuid: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}` });
const valueOf = (tick: number, vm: number, source: number): number => (source < 4 ? (tick * 7 + vm * 13 + source) % 1000 : tick * 1_000_000 + vm * source);

interface Contender { name: string; tick: (tick: number) => Promise<{ cpuMs: number }>; bytes: () => number; dispose: () => void }

const ours = (folder: string, vms: number, minMax: boolean): Contender => {
  const directory = path.join(folder, `ours-${minMax}`);
  fs.mkdirSync(directory);
  const archives = openArchives({ directory, log, minMax });
  return {
    name: `our archives, ${minMax ? 'average, minimum, maximum' : 'average'}`, bytes: () => fs.statSync(path.join(directory, `vm-${ownerOf(0).uuid}.rrd`)).size, dispose: () => archives.dispose(),
    tick: tick => {
      const readings = Array.from({ length: vms }, (_, vm) => ({ owner: ownerOf(vm), sources: SOURCES, values: Float64Array.from(SOURCES, (_source, i) => valueOf(tick, vm, i)) })), before = process.cpuUsage();
      archives.update((BEGIN + 5 * tick) * 1000 + 3, readings);
      const { user, system } = process.cpuUsage(before);
      return Promise.resolve({ cpuMs: (user + system) / 1000 });
    },
  };
};

/** The least that there is: the raw readings of all VMs in a ring in one file, brought to the disk each tick. Nothing is consolidated, nothing could be asked. */
const bareRing = (folder: string, vms: number): Contender => {
  const slots = 120, slot = new Float64Array(vms * SOURCES_PER_VM), file = fs.openSync(path.join(folder, 'ring'), 'w+');
  fs.writeSync(file, Buffer.alloc(slots * slot.byteLength));
  return {
    name: 'bare ring file, fdatasync', bytes: () => slots * slot.byteLength / vms, dispose: () => fs.closeSync(file),
    tick: tick => {
      for (let vm = 0; vm < vms; vm++) for (let i = 0; i < SOURCES_PER_VM; i++) slot[vm * SOURCES_PER_VM + i] = valueOf(tick, vm, i);
      const before = process.cpuUsage();
      fs.writeSync(file, new Uint8Array(slot.buffer), 0, slot.byteLength, tick % slots * slot.byteLength);
      fs.fdatasyncSync(file);
      const { user, system } = process.cpuUsage(before);
      return Promise.resolve({ cpuMs: (user + system) / 1000 });
    },
  };
};

const rrdtool = async (folder: string, vms: number, kinds: readonly string[]): Promise<Contender | undefined> => {
  const directory = path.join(folder, `rrdtool-${kinds.length}`);
  fs.mkdirSync(directory);
  const tool = startRrdtool(directory);
  if (!tool) return undefined;
  const sources = SOURCES.map(({ name, type }) => `DS:${name}:${type.toUpperCase()}:300:0:U`).join(' '), archives = kinds.flatMap(kind => formsOf(false).map(form => `RRA:${kind}:0.5:${form.pdpsPerRow}:${form.rows}`)).join(' ');
  await tool.run(Array.from({ length: vms }, (_, vm) => `create ${vm}.rrd --start ${BEGIN - 5} --step 5 ${sources} ${archives}`));
  return {
    name: `rrdtool, ${kinds.length > 1 ? 'average, minimum, maximum' : 'average'}`, bytes: () => fs.statSync(path.join(directory, '0.rrd')).size, dispose: () => tool.dispose(),
    tick: async tick => {
      const before = tool.cpuMs();
      await tool.run(Array.from({ length: vms }, (_, vm) => `update ${vm}.rrd ${BEGIN + 5 * tick}:${SOURCES.map((_source, i) => valueOf(tick, vm, i)).join(':')}`));
      return { cpuMs: tool.cpuMs() - before };
    },
  };
};

const updatesBench = async (folder: string, vms: number, disk: OwnDisk | undefined): Promise<void> => {
  const contenders = [ours(folder, vms, false), ours(folder, vms, true), await rrdtool(folder, vms, ['AVERAGE']), await rrdtool(folder, vms, ['AVERAGE', 'MIN', 'MAX'])].filter(one => one !== undefined);
  if (contenders.length === 2) console.log('rrdtool is not here: left out');
  contenders.push(bareRing(folder, vms));
  const cpu = new Map(contenders.map(({ name }) => [name, [] as number[]])), written = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  let tick = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, tick: run } of contenders) {
      execFileSync('sync', ['-f', folder]);
      let cpuMs = 0;
      const before = disk?.writtenBytes() ?? NaN;
      for (let i = 1; i <= TICKS; i++) {
        cpuMs += (await run(tick + i)).cpuMs;
        if (i % FLUSH_EVERY === 0) execFileSync('sync', ['-f', folder]);
      }
      if (round > 0) { cpu.get(name)?.push(cpuMs / TICKS); written.get(name)?.push(((disk?.writtenBytes() ?? NaN) - before) / 1024 / TICKS); }
    }
    tick += TICKS;
  }
  const rows = (from: ReadonlyMap<string, number[]>, unit: string): Row[] => [...from].map(([name, values]) => ({ name, values, unit }));
  report(`A tick of ${vms} VMs with ${SOURCES_PER_VM} sources: CPU`, rows(cpu, 'ms'));
  report(`A tick of ${vms} VMs: written to the disk`, rows(written, 'KiB'));
  report('Bytes per VM', contenders.map(({ name, bytes }) => ({ name, values: [bytes() / 1024], unit: 'KiB' })));
  for (const contender of contenders) contender.dispose();
};

/** A document whose archives are full. */
const fullDocument = (): string => JSON.stringify({
  version: '0003', step: '5', lastupdate: String(BEGIN), ds: SOURCES.map(({ name, type }) => ({ name, type: type.toUpperCase(), minimal_heartbeat: '300', min: '0.0', max: 'Infinity', last_ds: '0.0', value: '0.0', unknown_sec: '0' })),
  rra: formsOf(false).map(form => ({
    cf: 'AVERAGE', pdp_per_row: String(form.pdpsPerRow), params: { xff: '0.5' }, cdp_prep: { ds: SOURCES.map(() => ({ primary_value: '0.0', secondary_value: '0.0', value: '0.0', unknown_datapoints: '0' })) },
    database: Array.from({ length: form.rows }, (_, row) => SOURCES.map((_source, i) => String((row * 7919 + i * 104_729) % 100_003 / 7))),
  })),
});

const queryBench = async (folder: string): Promise<void> => {
  const directory = path.join(folder, 'query'), kept = path.join(folder, 'query-rrdtool'), vms = 100;
  fs.mkdirSync(directory); fs.mkdirSync(kept);
  const archives = openArchives({ directory, log }), document = fullDocument();
  for (let vm = 0; vm < vms; vm++) archives.importRrd(ownerOf(vm), document);
  // They run: the service has their archives open.
  archives.update(BEGIN * 1000 + 3, Array.from({ length: vms }, (_, vm) => ({ owner: ownerOf(vm), sources: SOURCES, values: new Float64Array(SOURCES_PER_VM) })));
  fs.writeFileSync(path.join(kept, 'full.xml'), archives.exportRrd(ownerOf(0)) ?? '');
  const tool = startRrdtool(kept);
  if (tool) await tool.run(Array.from({ length: vms }, (_, vm) => `restore full.xml ${vm}.rrd`));
  for (const [what, seconds] of [['a day', 86_400], ['a year', 365 * 86_400]] as const) {
    for (const count of [1, vms]) report(`Query of ${what}, ${count} VM${count === 1 ? '' : 's'} with ${SOURCES_PER_VM} sources, as text`, await queryRows(archives, tool, seconds, count));
  }
  tool?.dispose();
  archives.dispose();
};

const queryRows = async (archives: LiveArchives, tool: Rrdtool | undefined, seconds: number, count: number): Promise<Row[]> => {
  const mine: number[] = [], theirs: number[] = [];
  for (let round = 0; round <= ROUNDS * 3; round++) {
    let begin = performance.now();
    const text = [...updates(archives, { owners: Array.from({ length: count }, (_, vm) => ownerOf(vm)), start: BEGIN - seconds, kind: 'AVERAGE', intervalSeconds: 0 }, true)].join('');
    if (round > 0) mine.push(performance.now() - begin);
    if (!text.endsWith(']}')) throw new Error('half an answer');
    if (!tool) continue;
    begin = performance.now();
    await tool.run(Array.from({ length: count }, (_, vm) => `fetch ${vm}.rrd AVERAGE --start ${BEGIN - seconds} --end ${BEGIN}`));
    if (round > 0) theirs.push(performance.now() - begin);
  }
  return [{ name: 'our archives: rrd_updates in JSON', values: mine }, ...(tool ? [{ name: 'rrdtool fetch, one after the other', values: theirs }] : [])];
};

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-metrics-')), disk = ownDisk(folder);
try {
  for (const vms of [100, 1000]) {
    const own = path.join(disk?.folder ?? folder, String(vms));
    fs.mkdirSync(own);
    await updatesBench(own, vms, disk);
    fs.rmSync(own, { recursive: true });
  }
  await queryBench(folder);
} finally { disk?.dispose(); fs.rmSync(folder, { recursive: true, force: true }); }
