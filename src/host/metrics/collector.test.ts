import { describe, expect, it } from 'vitest';
import type { MachineStats } from '../engine/contract';
import type { NicCounters } from '../network/contract';
import { createCollector } from './collector';
import type { Reading, Subjects } from './contract';
import type { MachineFacts } from './machine-facts';

const MIB = 1024 ** 2;
const NIC: NicCounters = { rxBytes: 0, rxPackets: 0, rxErrors: 0, rxDrops: 0, txBytes: 0, txPackets: 0, txErrors: 0, txDrops: 0 };
const DISK = { userdevice: '0', kind: 'Disk' as const, readBytes: 0, writtenBytes: 0, reads: 0, writes: 0, readSeconds: 0, writeSeconds: 0 };

/** A machine of two processors with one VM on it; the test turns its wheels. */
const setUp = () => {
  const vm = { uuid: 'vm', memoryTargetBytes: 96 * MIB, memoryDynamicMinBytes: 64 * MIB, memoryDynamicMaxBytes: 128 * MIB, disks: [{ userdevice: '0', device: 'vda', sr: 'sr-12345678' }], vifs: ['0'] };
  const subjects: Subjects = { host: { uuid: 'host', pifs: [{ device: 'eth0', physical: true }, { device: 'eth0.5', physical: false }] }, vms: [vm], srs: [{ uuid: 'sr-12345678', sizeBytes: 1000, usedBytes: 250 }] };
  const world = {
    subjects, ms: 0, stats: new Map<string, MachineStats | Promise<MachineStats>>([['vm', { vcpuSeconds: [1, 1], disks: [DISK], memory: { actualBytes: 100 * MIB, guest: { totalBytes: 128 * MIB, freeBytes: 10 * MIB, availableBytes: 40 * MIB } } }]]),
    nics: new Map<string, NicCounters>([['eth0', { ...NIC, rxBytes: 5000 }], ['eth0.5', NIC], ['vm/0', NIC]]),
    facts: { cpus: new Map([['cpu', { busy: 100, all: 1000 }], ['cpu0', { busy: 50, all: 500 }], ['cpu1', { busy: 50, all: 500 }]]), runnable: 3, load: 1.5, memory: { MemTotal: 1000, MemFree: 300, MemAvailable: 600, Buffers: 100, Cached: 200, SwapTotal: 50, SwapFree: 40 }, disks: new Map(), fileSystem: 0.5, logFileSystem: undefined } as MachineFacts,
  };
  const collect = createCollector({
    subjects: () => world.subjects, elapsed: () => world.ms, machineFacts: () => Promise.resolve(world.facts),
    stats: uuid => { const known = world.stats.get(uuid); return known ? Promise.resolve(known) : Promise.reject(new Error('it hangs')); },
    counters: () => Promise.resolve({ interface: device => world.nics.get(device), vif: ({ vmUuid, device }) => world.nics.get(`${vmUuid}/${device}`) }),
  });
  return { world, vm, look: () => collect(0) };
};

const of = (readings: readonly Reading[], kind: Reading['owner']['kind']): Record<string, number> => {
  const found = readings.find(reading => reading.owner.kind === kind);
  return Object.fromEntries(found?.sources.map((source, i) => [source.name, found.values[i] ?? NaN]) ?? []);
};

describe('a look at everything', () => {
  it('shows what a VM did between two looks', async () => {
    const { world, look } = setUp();
    const first = await look();
    expect(of(first, 'vm')).toMatchObject({ cpu0: NaN, cpu_usage: NaN, memory: 100 * MIB, memory_target: 96 * MIB, memory_internal_free: 40 * 1024, vbd_vda_read: 0, vbd_vda_read_latency: NaN });
    world.ms = 5000;
    world.stats.set('vm', { vcpuSeconds: [6.02, 2], disks: [{ ...DISK, readBytes: 4096, reads: 4, readSeconds: 0.002, writtenBytes: 8 * MIB, writes: 8, writeSeconds: 10 }] });
    world.nics.set('vm/0', { ...NIC, rxBytes: 700, txErrors: 3 });
    const second = await look(), shown = of(second, 'vm');
    expect(shown).toMatchObject({
      cpu0: 1, cpu1: 0.2, cpu_usage: 0.6, memory: NaN, vbd_vda_read: 4096, vbd_vda_iops_read: 4, vbd_vda_iops_total: 12, vbd_vda_write: 8 * MIB, vbd_vda_read_latency: 500, vbd_vda_write_latency: 1.25e6, vif_0_rx: 700, vif_0_tx_errors: 3,
    });
    expect(shown['vbd_vda_inflight']).toBeCloseTo(10.002 / 5);
    expect(second.map(({ sources }) => sources)).toEqual(first.map(({ sources }) => sources));
    expect(second.every((reading, i) => reading.sources === first[i]?.sources)).toBe(true);
    expect(of(second, 'sr')).toMatchObject({ size: 1000, physical_utilisation: 250, io_throughput_write: 8, io_throughput_total: 8 + 4096 / MIB, iops_read: 4, latency: 10_002_000 / 12, read_latency: 500 });
    expect(of(second, 'host')).toMatchObject({ 'io_throughput_write_sr-12345': 8, running_domains: 1, running_vcpus: 2 });
  });
  it('shows the machine itself', async () => {
    const { world, look } = setUp();
    await look();
    world.facts = { ...world.facts, cpus: new Map([['cpu', { busy: 160, all: 1100 }], ['cpu0', { busy: 60, all: 550 }], ['cpu1', { busy: 100, all: 550 }]]) };
    world.nics.set('eth0', { ...NIC, rxBytes: 5800, txBytes: 10 }).set('eth1', { ...NIC, rxBytes: 1e9 });
    world.subjects = { ...world.subjects, host: { uuid: 'host', pifs: [...world.subjects.host.pifs, { device: 'eth1', physical: true }] } };
    const shown = of(await look(), 'host');
    expect(shown).toMatchObject({
      cpu0: 0.2, cpu1: 1, cpu_avg: 0.6, loadavg: 1.5, hostload: 1.5, memory_total_kib: 1000, memory_free_kib: 600, mem_usage: (1000 - 300 - 100 - 200 + 10) / 1000, fs_usage: 0.5, log_fs_usage: NaN,
      memory_reclaimed: 28 * MIB, memory_reclaimed_max: 64 * MIB, pif_eth0_rx: 5800, 'pif_eth0.5_rx': 0,
      pif_aggr_rx: 800, // neither what the new one had carried before, nor the VLAN's share twice
      pif_aggr_tx: 10,
    });
  });
  it('leaves out who hangs, and shows what it did meanwhile when it goes on', async () => {
    const { world, look, vm } = setUp(), other = { ...vm, uuid: 'other' };
    world.subjects = { ...world.subjects, vms: [vm, other] };
    world.stats.set('other', { vcpuSeconds: [0], disks: [DISK] });
    await look();
    world.stats.delete('other');
    world.ms = 5000;
    expect((await look()).map(({ owner }) => owner.uuid)).toEqual(['host', 'sr-12345678', 'vm']);
    world.stats.set('other', { vcpuSeconds: [5], disks: [{ ...DISK, writtenBytes: MIB }] });
    world.ms = 10_000;
    const readings = await look(), again = readings.find(({ owner }) => owner.uuid === 'other');
    expect(again?.values[0]).toBe(0.5);
    expect(of(readings, 'sr')['io_throughput_write']).toBe(1);
  });
  it('keeps sums of a repository when a VM ends or starts anew', async () => {
    const { world, look } = setUp();
    await look();
    world.stats.set('vm', { vcpuSeconds: [2, 2], disks: [{ ...DISK, readBytes: 10 * MIB }] });
    expect(of(await look(), 'sr')['io_throughput_read']).toBe(10);
    world.stats.set('vm', { vcpuSeconds: [0, 0], disks: [{ ...DISK, readBytes: MIB }] }); // another process now
    expect(of(await look(), 'sr')['io_throughput_read']).toBe(10);
    world.subjects = { ...world.subjects, vms: [] };
    expect(of(await look(), 'sr')['io_throughput_read']).toBe(10);
  });
  it('makes other sources when a VM gets another shape, and only then', async () => {
    const { world, look, vm } = setUp(), names = (readings: readonly Reading[]): string[] => Object.keys(of(readings, 'vm'));
    expect(names(await look())).toContain('cpu1');
    world.stats.set('vm', { vcpuSeconds: [1, 1, 1], disks: [DISK, { ...DISK, userdevice: '3' }, { ...DISK, userdevice: '4', kind: 'CD' }] });
    world.subjects = { ...world.subjects, vms: [{ ...vm, disks: [...vm.disks, { userdevice: '3', device: 'vdb', sr: '' }] }] };
    world.nics.delete('vm/0');
    const now = names(await look());
    expect(now).toEqual(expect.arrayContaining(['cpu2', 'vbd_vda_read', 'vbd_vdb_write']));
    expect(now.filter(name => name.startsWith('vif_'))).toEqual([]);
    expect(new Set(now).size).toBe(now.length);
  });
  it('reads this very machine', async () => {
    const { world } = setUp();
    const collect = createCollector({ subjects: () => world.subjects, stats: () => Promise.reject(new Error('none')), counters: () => Promise.resolve({ interface: () => undefined, vif: () => undefined }) });
    await collect(0);
    const shown = of(await collect(0), 'host');
    for (const name of ['cpu0', 'cpu_avg', 'loadavg', 'memory_total_kib', 'memory_free_kib', 'mem_usage', 'fs_usage']) expect(shown[name], name).toSatisfy((value: number) => value >= 0 || (Number.isNaN(value) && name.startsWith('cpu'))); // two looks within one tick of the kernel
    expect(shown['memory_free_kib']).toBeLessThan(shown['memory_total_kib'] ?? 0);
  });
});
