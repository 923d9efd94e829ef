/* One look at 100 and 1,000 VMs of two vCPUs, two disks and a network card each: what it costs the service, beside a program that only asks the same monitors for their
 * disks and reads the answers. The monitors are a process of their own (peers/qmp-crowd.mjs). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { FILES } from '../src/host/engine/qemu/command-line';
import { Machine } from '../src/host/engine/qemu/machine';
import { RunDirectory } from '../src/host/engine/qemu/run-directory';
import { stats } from '../src/host/engine/qemu/stats';
import { createCollector } from '../src/host/metrics/collector';
import { factsOf } from '../src/host/platform/processes';
import { newUuid } from '../src/host/platform/ids';
import { report } from './measure';

const SIZES = [100, 1_000], ROUNDS = 12;
const quiet = { info: () => { /* nobody reads it */ }, warn: console.log, error: console.log };
const NIC = { rxBytes: 1, rxPackets: 1, rxErrors: 0, rxDrops: 0, txBytes: 1, txPackets: 1, txErrors: 0, txDrops: 0 };

/** CPU time of this process that `work` took, milliseconds. */
const cpuOf = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

/** Asks and parses; nothing else. */
const bare = async (paths: readonly string[]): Promise<{ ask(): Promise<unknown>; end(): void }> => {
  const sockets = await Promise.all(paths.map(async file => {
    const socket = net.connect(file);
    let answered: () => void = () => { /* nobody waits */ }, text = '';
    socket.on('data', chunk => {
      text += String(chunk);
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) { JSON.parse(text.slice(0, end)); text = text.slice(end + 1); answered(); }
    });
    const next = (): Promise<void> => new Promise(resolve => { answered = resolve; });
    await next();
    const ask = (command: string): Promise<void> => { const answer = next(); socket.write(`{"execute": "${command}", "id": 1}\n`); return answer; };
    await ask('qmp_capabilities');
    return { ask, socket };
  }));
  return { ask: () => Promise.all(sockets.map(({ ask }) => ask('query-blockstats'))), end: () => { for (const { socket } of sockets) socket.destroy(); } };
};

for (const count of SIZES) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'crowd-')), runs = new RunDirectory(folder);
  const uuids = Array.from({ length: count }, newUuid), directories = uuids.map(uuid => runs.of(uuid));
  for (const directory of directories) directory.create();
  const crowd = spawn(process.execPath, [path.join(import.meta.dirname, 'peers/qmp-crowd.mjs'), ...directories.map(directory => directory.file(FILES.monitor))], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(crowd.stdout, 'data');
    const pid = crowd.pid ?? 0, id = { pid, startTicks: factsOf(pid)?.startTicks ?? '' };
    const machines = new Map(await Promise.all(uuids.map(async (uuid, i) => {
      const machine = new Machine({ uuid, directory: directories[i]!, log: quiet, tell: () => { /* nobody listens */ }, onGone: () => { /* it is not kept */ }, letGo: () => Promise.resolve() });
      machine.adopted(id, { exited: new Promise(() => { /* it does not end */ }), nudge: () => { /* nothing to look at */ }, dispose: () => { /* nothing runs */ } });
      await machine.monitor.open({ greetingTimeoutMs: 60_000, spare: false });
      return [uuid, machine] as const;
    })));
    const vms = uuids.map(uuid => ({ uuid, memoryTargetBytes: 1, memoryDynamicMinBytes: 1, memoryDynamicMaxBytes: 1, disks: [{ userdevice: '0', device: 'vda', sr: 'sr' }, { userdevice: '1', device: 'vdb', sr: 'sr' }], vifs: ['0'] }));
    const collect = createCollector({
      subjects: () => ({ host: { uuid: 'host', pifs: [] }, vms, srs: [{ uuid: 'sr', sizeBytes: 1, usedBytes: 1 }] }),
      stats: (uuid, patienceMs) => stats(machines.get(uuid)!, patienceMs), counters: () => Promise.resolve({ interface: () => undefined, vif: () => NIC }),
    });
    const plain = await bare(directories.map(directory => directory.file(FILES.monitor)));
    const cpu = { bare: [] as number[], collect: [] as number[] }, wall: number[] = [];
    let sources = 0;
    for (let round = -2; round < ROUNDS; round++) {
      const asked = await cpuOf(() => plain.ask()), begin = performance.now();
      let readings: Awaited<ReturnType<typeof collect>> = [];
      const looked = await cpuOf(async () => { readings = await collect(0); });
      if (readings.filter(({ owner }) => owner.kind === 'vm').length !== count) throw new Error(`only ${readings.length} readings`);
      sources = readings.find(({ owner }) => owner.kind === 'vm')?.sources.length ?? 0;
      if (round >= 0) { cpu.bare.push(asked); cpu.collect.push(looked); wall.push(performance.now() - begin); }
    }
    plain.end();
    for (const machine of machines.values()) machine.release();
    report(`One look at ${count} VMs with ${sources} sources each: CPU time of the process`, [{ name: 'bare: query-blockstats of each, parsed', values: cpu.bare }, { name: 'our collector: disks, vCPU threads, memory every second time, network, all sources', values: cpu.collect }]);
    report(`One look at ${count} VMs: how long it takes`, [{ name: 'our collector (the monitors answer on the other core)', values: wall }]);
  } finally {
    crowd.kill('SIGKILL');
    runs.dispose();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
