import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, MachineSpec } from '../../../src/host/engine/contract';
import { createCollector } from '../../../src/host/metrics/collector';
import type { Reading, VmSubject } from '../../../src/host/metrics/contract';
import { makeBench, processesOf, Terminal, type Bench } from '../engine/bench';

/* A load of known size inside a real guest, and what the collector says of it; and a QEMU that hangs beside it. */

const never = new AbortController().signal;
const MIB = 1024 ** 2;
/** What is measured over: a rate needs a while. */
const INTERVAL_MS = 2_000;
let bench: Bench, engine: Engine, guest: MachineSpec, hung: MachineSpec, terminal: Terminal;
let collect: () => Promise<readonly Reading[]>;

beforeAll(async () => {
  bench = makeBench();
  engine = bench.engine();
  const data = join(bench.directory, 'data.raw');
  execFileSync('qemu-img', ['create', '-q', '-f', 'raw', data, '16M']);
  const plain = bench.spec({ vcpus: 2 });
  guest = { ...plain, disks: [...plain.disks, { userdevice: '1', image: { format: 'raw', source: { by: 'file', path: data } }, readOnly: false, kind: 'Disk' }] };
  hung = bench.spec({ startPaused: true });
  await Promise.all([engine.start(guest, never), engine.start(hung, never)]);
  const subject = ({ uuid, disks }: MachineSpec): VmSubject => ({
    uuid, memoryTargetBytes: 128 * MIB, memoryDynamicMinBytes: 128 * MIB, memoryDynamicMaxBytes: 128 * MIB, vifs: ['0'], disks: disks.map(({ userdevice }) => ({ userdevice, device: `vd${'ab'[Number(userdevice)]}`, sr: 'repository' })),
  });
  const look = createCollector({
    subjects: () => ({ host: { uuid: 'host', pifs: [] }, vms: [subject(guest), subject(hung)], srs: [{ uuid: 'repository', sizeBytes: 1, usedBytes: 1 }] }),
    stats: (uuid, patienceMs) => engine.stats(uuid, patienceMs), counters: () => Promise.resolve({ interface: () => undefined, vif: () => undefined }),
  });
  collect = () => look(0);
  terminal = new Terminal(await engine.openConsole(guest.uuid, 'vt100'));
  await terminal.prompt();
});
afterAll(() => bench.end());

const shown = (readings: readonly Reading[], owner: string): Record<string, number> => {
  const reading = readings.find(each => each.owner.uuid === owner);
  return Object.fromEntries(reading?.sources.map((source, i) => [source.name, reading.values[i] ?? NaN]) ?? []);
};
/** How long the threads of a process waited for a processor, in seconds: this machine may have other work. */
const waited = (pid: number): number => execFileSync('sh', ['-c', `cat /proc/${pid}/task/*/schedstat`]).toString().trim().split('\n').reduce((sum, line) => sum + Number(line.split(' ')[1]) / 1e9, 0);

describe('the numbers of a guest', () => {
  it('show one busy processor of two', async () => {
    await terminal.run('(while :; do :; done) & echo started');
    const [pid = 0] = processesOf(guest.uuid);
    await collect();
    const before = waited(pid), begin = performance.now();
    await pass(INTERVAL_MS);
    const numbers = shown(await collect(), guest.uuid), waiting = (waited(pid) - before) / ((performance.now() - begin) / 1000);
    await terminal.run('kill %1; wait; echo ended');
    const cpus = [numbers['cpu0'] ?? NaN, numbers['cpu1'] ?? NaN], busy = Math.max(...cpus), idle = Math.min(...cpus);
    expect(busy, `waited ${waiting}`).toBeGreaterThan(0.9 - waiting);
    expect(busy).toBeLessThanOrEqual(1);
    expect(idle).toBeLessThan(0.4);
    expect(numbers['cpu_usage']).toBeCloseTo((busy + idle) / 2, 10);
  });

  it('show what was written to a disk and read from it, to the byte', async () => {
    const first = await collect(), before = shown(first, guest.uuid), srBefore = shown(first, 'repository');
    await terminal.run('dd if=/dev/urandom of=/dev/vdb bs=65536 count=96 conv=fsync 2>&1');
    const written = await collect(), after = shown(written, guest.uuid);
    expect((after['vbd_vdb_write'] ?? 0) - (before['vbd_vdb_write'] ?? 0)).toBe(6 * MIB);
    expect((after['vbd_vdb_iops_write'] ?? 0) - (before['vbd_vdb_iops_write'] ?? 0)).toBeGreaterThanOrEqual(6);
    expect(after['vbd_vdb_write_latency']).toBeGreaterThan(0);
    expect(after['vbd_vda_write']).toBe(before['vbd_vda_write']);
    expect((shown(written, 'repository')['io_throughput_write'] ?? 0) - (srBefore['io_throughput_write'] ?? 0)).toBe(6);
    await terminal.run('echo 3 > /proc/sys/vm/drop_caches; dd if=/dev/vdb of=/dev/null bs=65536 2>&1');
    const read = shown(await collect(), guest.uuid);
    expect((read['vbd_vdb_read'] ?? 0) - (after['vbd_vdb_read'] ?? 0)).toBe(16 * MIB);
    expect(read['vbd_vdb_write']).toBe(after['vbd_vdb_write']);
  });

  it('show its memory, as it is given and as it is inside', async () => {
    let numbers = shown(await collect(), guest.uuid);
    for (; Number.isNaN(numbers['memory_internal_free']); numbers = shown(await collect(), guest.uuid)) await pass(500); // its driver is asked every 10 s
    const inside = Number(/MemAvailable:\s+(\d+)/.exec(await terminal.run('cat /proc/meminfo'))?.[1]);
    expect(numbers['memory']).toBe(128 * MIB);
    expect(Math.abs((numbers['memory_internal_free'] ?? 0) - inside)).toBeLessThan(24 * 1024);
  });

  it('are there although another QEMU hangs; that one is asked once, and shows again when it goes on', async () => {
    const [pid = 0] = processesOf(hung.uuid);
    expect((await collect()).map(({ owner }) => owner.uuid)).toContain(hung.uuid);
    process.kill(pid, 'SIGSTOP');
    try {
      while (!/\) [Tt] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) await pass(5); // a stop takes hold when its threads get to it
      for (let i = 0; i < 3; i++) {
        const owners = (await collect()).map(({ owner }) => owner.uuid);
        expect(owners).toContain(guest.uuid);
        expect(owners).not.toContain(hung.uuid);
      }
      await expect(engine.stats(hung.uuid, 60_000)).rejects.toMatchObject({ kind: 'unresponsive', message: 'an earlier question is not answered yet' });
    } finally { process.kill(pid, 'SIGCONT'); }
    while (!(await collect()).some(({ owner }) => owner.uuid === hung.uuid)) await pass(50);
    expect(engine.state(hung.uuid)).toBe('paused');
  });

  it('show a processor that is added', async () => {
    const more = bench.spec({ vcpus: 1, vcpusMax: 2, startPaused: true });
    await engine.start(more, never);
    expect((await engine.stats(more.uuid, 10_000)).vcpuSeconds).toHaveLength(1);
    await engine.setVcpus(more.uuid, 2);
    expect((await engine.stats(more.uuid, 10_000)).vcpuSeconds).toHaveLength(2);
  });
});
