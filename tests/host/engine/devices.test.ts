import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiskImage, Engine } from '../../../src/host/engine/contract';
import { QmpClient } from '../../../src/host/engine/qemu/qmp/client';
import { Terminal, makeBench } from './bench';
import type { Bench } from './bench';

/* What is put into a running machine and taken out again, as its guest sees it. */

const never = new AbortController().signal;
const MIB = 2 ** 20;
let bench: Bench;
beforeEach(() => { bench = makeBench(); });
afterEach(() => bench.end());

const imageFile = (name: string, format: 'qcow2' | 'raw', bytes: number): DiskImage => {
  const path = join(bench.directory, name);
  execFileSync('qemu-img', ['create', '-q', '-f', format, path, String(bytes)]);
  return { format, source: { by: 'file', path } };
};
/** The debug monitor's answer. */
const ask = async (uuid: string, command: string, args: object = {}): Promise<unknown> => {
  const client = await QmpClient.connect(join(bench.runDirectory, uuid, 'qmp2.sock'));
  try { return await client.execute(command, { ...args }); } finally { client.dispose(); }
};
/** Runs it again until it says that. The guest is slow; nothing here knows how slow. */
const becomes = async (terminal: Terminal, command: string, wanted: RegExp): Promise<string> => {
  for (;;) {
    const said = await terminal.run(`${command}; sleep 0.2`);
    if (wanted.test(said)) return said;
  }
};
const boot = async (engine: Engine, spec: ReturnType<Bench['spec']>): Promise<Terminal> => {
  await engine.start(spec, never);
  const terminal = new Terminal(await engine.openConsole(spec.uuid, 'vt100'));
  await terminal.prompt();
  return terminal;
};

describe('devices of a running machine', () => {
  it('disks and network cards come, are used, and go; nothing of them stays open', async () => {
    const engine = bench.engine(), spec = bench.spec({ disks: [...bench.spec().disks] }), { uuid } = spec;
    const terminal = await boot(engine, spec);
    const image = imageFile('data.qcow2', 'qcow2', 16 * MIB);
    await engine.attachDisk(uuid, { userdevice: '3', image, readOnly: false, kind: 'Disk', limits: { bytesPerSecond: 8 * MIB, operationsPerSecond: 500 } });
    await expect(engine.attachDisk(uuid, { userdevice: '3', image, readOnly: false, kind: 'Disk' })).rejects.toMatchObject({ kind: 'refused' });
    await becomes(terminal, 'cat /sys/block/vdb/serial', /^vbd-3$/m);
    expect(await terminal.run('echo precious > /tmp/t; dd if=/tmp/t of=/dev/vdb conv=notrunc,fsync 2>/dev/null; cat /sys/block/vdb/size')).toBe(`${16 * 2048}\n`);

    const throttled = (await ask(uuid, 'query-block') as { qdev?: string; inserted?: object }[]).find(each => each.qdev?.includes('vbd3'));
    expect(throttled?.inserted).toMatchObject({ bps: 8 * MIB, iops: 500 });
    await engine.limitDisk(uuid, '3', {});
    expect((await ask(uuid, 'query-block') as { qdev?: string; inserted?: object }[]).find(each => each.qdev?.includes('vbd3'))?.inserted).toMatchObject({ bps: 0, iops: 0 });

    await engine.resizeDisk(uuid, '3', 24 * MIB);
    expect(await terminal.run('cat /sys/block/vdb/size')).toBe(`${24 * 2048}\n`);
    expect((await engine.devices(uuid)).disks).toEqual(expect.arrayContaining([{ userdevice: '3', kind: 'Disk', empty: false }]));

    await engine.attachNic(uuid, { device: '1', mac: '52:54:00:aa:bb:02', mtu: 1500, backend: { by: 'user', hostname: 'guest' }, linkDown: true });
    await becomes(terminal, 'cat /sys/class/net/eth1/address', /52:54:00:aa:bb:02/);
    await terminal.run('ip link set eth1 up');
    await becomes(terminal, 'cat /sys/class/net/eth1/carrier', /^0$/m);
    await engine.linkNic(uuid, '1', true);
    await becomes(terminal, 'cat /sys/class/net/eth1/carrier', /^1$/m);
    await engine.detachNic(uuid, '1', never);
    await becomes(terminal, 'ls /sys/class/net', /^(?!.*eth1)/s);
    await engine.attachNic(uuid, { device: '1', mac: '52:54:00:aa:bb:03', mtu: 1500, backend: { by: 'user', hostname: '' } }); // its place is free again
    expect((await engine.devices(uuid)).nics.toSorted()).toEqual(['0', '1']);

    await engine.detachDisk(uuid, '3', never);
    expect(await terminal.run('ls /sys/block')).not.toMatch(/vdb/);
    expect(JSON.stringify(await ask(uuid, 'query-named-block-nodes'))).not.toContain('data.qcow2');
    // It is shut: others may write it, and what the guest wrote is there.
    expect(execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'read -v 0 16', image.source.by === 'file' ? image.source.path : '']).toString()).toMatch(/precious/);
    expect(JSON.parse(execFileSync('qemu-img', ['info', '--output=json', image.source.by === 'file' ? image.source.path : '']).toString())).toMatchObject({ 'virtual-size': 24 * MIB });
    expect(bench.complaints).toEqual([]);
  });

  it('a guest that does not listen keeps its disk; one that lets go later is heard', async () => {
    // The BIOS finds nothing to boot and knows no ACPI.
    const engine = bench.engine(), first = imageFile('empty.qcow2', 'qcow2', MIB);
    const spec = bench.spec({ boot: { by: 'firmware', firmware: 'bios', order: 'c' }, disks: [{ userdevice: '0', image: first, readOnly: false, kind: 'Disk' }], nics: [] }), { uuid } = spec;
    await engine.start(spec, never);
    await engine.attachDisk(uuid, { userdevice: '1', image: imageFile('more.qcow2', 'qcow2', MIB), readOnly: false, kind: 'Disk' });
    await ask(uuid, 'device_del', { id: 'vbd1' }); // as a service that was killed right then would have
    const patience = new AbortController(), going = engine.detachDisk(uuid, '1', patience.signal);
    patience.abort(new Error('enough'));
    await expect(going).rejects.toThrow('enough');
    expect((await engine.devices(uuid)).disks).toHaveLength(2);
    await engine.reset(uuid); // then the board takes out what was asked for
    expect(await bench.event('unplugged')).toEqual({ uuid, on: 'unplugged', kind: 'VBD', device: '1' });
    expect((await engine.devices(uuid)).disks).toEqual([{ userdevice: '0', kind: 'Disk', empty: false }]);
    expect(JSON.stringify(await ask(uuid, 'query-named-block-nodes'))).not.toContain('more.qcow2');
  });

  it('CDs are changed, also by the guest; memory and processors follow', async () => {
    const engine = bench.engine(), disc = imageFile('disc.iso', 'raw', 2 * MIB), other = imageFile('other.iso', 'raw', MIB);
    writeFileSync((disc.source as { path: string }).path, Buffer.concat([Buffer.from('first disc'), Buffer.alloc(2 * MIB - 10)]));
    const base = bench.spec({ vcpus: 1, vcpusMax: 4, coresPerSocket: 2, memoryBytes: 192 * MIB, memoryTargetBytes: 160 * MIB });
    const spec = { ...base, disks: [...base.disks, { userdevice: '3', readOnly: true, kind: 'CD' as const }] }, { uuid } = spec;
    const terminal = await boot(engine, spec);
    await becomes(terminal, 'ls /sys/block', /sr0/);
    expect((await engine.devices(uuid)).disks).toContainEqual({ userdevice: '3', kind: 'CD', empty: true });

    await engine.changeMedium(uuid, '3', disc);
    await becomes(terminal, 'head -c 10 /dev/sr0 2>&1', /first disc/);
    await expect(engine.changeMedium(uuid, '3', { format: 'raw', source: { by: 'file', path: join(bench.directory, 'none.iso') } })).rejects.toMatchObject({ kind: 'refused' });
    expect(await terminal.run('head -c 10 /dev/sr0')).toBe('first disc');
    await engine.changeMedium(uuid, '3', other);
    await becomes(terminal, 'cat /sys/block/sr0/size; head -c 1 /dev/sr0 >/dev/null', new RegExp(`^${2048}$`, 'm'));
    // Held shut by the guest.
    await terminal.run('exec 7< /dev/sr0');
    await expect(engine.changeMedium(uuid, '3', undefined)).rejects.toMatchObject({ kind: 'refused' });
    await engine.changeMedium(uuid, '3', undefined, true);
    expect((await engine.devices(uuid)).disks).toContainEqual({ userdevice: '3', kind: 'CD', empty: true });
    await terminal.run('exec 7<&-');
    expect(bench.events.filter(event => event.on === 'tray')).toEqual([]);
    await engine.changeMedium(uuid, '3', disc);
    await ask(uuid, 'blockdev-open-tray', { id: 'cd3' }); // its eject command does no more than that
    expect(await bench.event('tray')).toEqual({ uuid, on: 'tray', userdevice: '3', open: true });

    for (let now = await engine.memory(uuid); now.actualBytes !== 160 * MIB; now = await engine.memory(uuid)) await terminal.run('sleep 0.2'); // from the start
    // The balloon stands in nobody's total (it gives way when the guest is in need), only in what is free.
    const free = Number(await terminal.run("sed -n 's/MemFree: *\\([0-9]*\\).*/\\1/p' /proc/meminfo"));
    await engine.balloon(uuid, 136 * MIB);
    await becomes(terminal, `[ $(sed -n 's/MemFree: *\\([0-9]*\\).*/\\1/p' /proc/meminfo) -le ${free - 16 * 1024} ] && echo less`, /^less$/m);
    for (let now = await engine.memory(uuid); now.guest === undefined; now = await engine.memory(uuid)) await terminal.run('sleep 0.5');
    expect((await engine.memory(uuid)).guest).toMatchObject({ totalBytes: expect.any(Number) as number, freeBytes: expect.any(Number) as number });
    await engine.balloon(uuid, 192 * MIB);
    for (let now = await engine.memory(uuid); now.actualBytes !== 192 * MIB; now = await engine.memory(uuid)) await terminal.run('sleep 0.2');

    await engine.setVcpus(uuid, 3);
    await becomes(terminal, 'for c in /sys/devices/system/cpu/cpu*/online; do [ $(cat $c) = 1 ] || echo 1 > $c; done 2>/dev/null; echo "n=$(grep -c ^processor /proc/cpuinfo)"', /n=3/);
    expect((await engine.devices(uuid)).vcpus).toBe(3);
    await expect(engine.setVcpus(uuid, 2)).rejects.toMatchObject({ kind: 'unsupported' });
    await expect(engine.setVcpus(uuid, 5)).rejects.toMatchObject({ kind: 'unsupported' });
    expect(bench.complaints).toEqual([]);
  });
});
