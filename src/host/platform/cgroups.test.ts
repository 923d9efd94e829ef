import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGroups } from './cgroups';

/* What is written where; that the kernel takes it is tested on real control groups (tests/host/engine/share.test.ts, of the version that this machine has). */

let top: string;
beforeEach(() => { top = mkdtempSync(join(tmpdir(), 'cgroups-')); });
afterEach(() => { rmSync(top, { recursive: true }); });

const said = (...names: string[]): string => readFileSync(join(top, ...names), 'utf8').trim();

describe('control groups', () => {
  it('of version 2: hands the controllers down, and weighs against 100', async () => {
    writeFileSync(join(top, 'cgroup.controllers'), 'cpuset cpu io memory\n');
    const control = openGroups(`30 23 0:26 / ${top} rw,nosuid shared:4 - cgroup2 cgroup2 rw\n`);
    expect([control.share, control.mask, control.shareLacks]).toEqual(['v2', 'v2', '']);
    await control.apply('vm', 42, { sharePercent: 200, capPercent: 150, mask: [0, 2] });
    expect([said('cgroup.subtree_control'), said('administrator-console/cgroup.subtree_control')]).toEqual(['+cpu +cpuset +io', '+cpu +cpuset +io']);
    expect(['cpu.weight', 'cpu.max', 'cpuset.cpus', 'cgroup.procs'].map(file => said('administrator-console/vm', file))).toEqual(['200', '150000 100000', '0,2', '42']);
    await control.apply('vm', 42, { sharePercent: 100 });
    expect(['cpu.max', 'cpuset.cpus'].map(file => said('administrator-console/vm', file))).toEqual(['max 100000', '']);
    expect(await control.names()).toEqual(['vm']);
  });
  it('of version 1, where version 2 is there without its controllers', async () => {
    for (const folder of ['cpu', 'cpuset', 'unified', 'cpuset/administrator-console/vm']) mkdirSync(join(top, folder), { recursive: true });
    writeFileSync(join(top, 'unified/cgroup.controllers'), '\n');
    for (const folder of ['cpuset', 'cpuset/administrator-console', 'cpuset/administrator-console/vm']) {
      for (const file of ['cpuset.cpus', 'cpuset.mems']) writeFileSync(join(top, folder, file), folder === 'cpuset' ? '0-3\n' : '\n'); // as the kernel makes them
    }
    const control = openGroups([`31 23 0:27 / ${top}/cpu rw - cgroup cgroup rw,cpu,cpuacct`, `32 23 0:28 / ${top}/cpuset rw - cgroup cgroup rw,cpuset`, `33 23 0:29 / ${top}/unified rw - cgroup2 cgroup2 rw`].join('\n'));
    await control.apply('vm', 42, { sharePercent: 50, mask: [1] });
    expect(['cpu.shares', 'cpu.cfs_quota_us', 'cgroup.procs'].map(file => said('cpu/administrator-console/vm', file))).toEqual(['512', '-1', '42']);
    expect([said('cpuset/administrator-console/vm/cpuset.cpus'), said('cpuset/administrator-console/vm/cpuset.mems')]).toEqual(['1', '0-3']);
  });
  it('weigh disks, by what the kernel has for it', async () => {
    const v1 = join(top, 'blkio/administrator-console/vm'), v2 = join(top, 'unified/administrator-console/vm');
    for (const folder of [v1, v2]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(v1, 'blkio.bfq.weight'), '100\n'); // as the kernel makes them
    for (const file of ['io.weight', 'io.bfq.weight']) writeFileSync(join(v2, file), 'default 100\n');
    writeFileSync(join(top, 'unified/cgroup.controllers'), 'cpu io\n');
    await openGroups(`31 23 0:27 / ${top}/blkio rw - cgroup cgroup rw,blkio`).weighDisks('vm', 42, 300);
    expect(['blkio.bfq.weight', 'cgroup.procs'].map(file => said('blkio/administrator-console/vm', file))).toEqual(['300', '42']);
    const control = openGroups(`33 23 0:29 / ${top}/unified rw - cgroup2 cgroup2 rw`);
    await control.weighDisks('vm', 42, 300);
    expect(['io.weight', 'io.bfq.weight', 'cgroup.procs'].map(file => said('unified/administrator-console/vm', file))).toEqual(['300', '300', '42']);
    expect(said('unified/cgroup.subtree_control')).toBe('+cpu +io');
    await control.weighDisks('other', 43, 300).then(() => { throw new Error('it has no weights'); }, (error: Error) => { expect(error.message).toMatch(/neither bfq nor iocost/); });
  });
  it('tell whether a disk is shared by weight at all', async () => {
    const scheduler = (disk: string, text: string): void => { mkdirSync(join(top, 'block', disk, 'queue'), { recursive: true }); writeFileSync(join(top, 'block', disk, 'queue/scheduler'), text); };
    mkdirSync(join(top, 'unified'));
    writeFileSync(join(top, 'unified/cgroup.controllers'), 'io\n');
    for (const [disk, text] of [['loop0', '[none] bfq'], ['sda', 'none [mq-deadline] kyber bfq\n'], ['nvme0n1', '[none]\n']] as const) scheduler(disk, text);
    const control = openGroups(`33 23 0:29 / ${top}/unified rw - cgroup2 cgroup2 rw`, join(top, 'block'));
    expect(await control.disksLack()).toBe('no disk of this host has the scheduler bfq, which shares it by weight (nvme0n1 has none, sda has mq-deadline)');
    writeFileSync(join(top, 'unified/io.cost.qos'), '8:0 enable=1 ctrl=auto\n');
    expect(await control.disksLack()).toBe('');
    writeFileSync(join(top, 'unified/io.cost.qos'), '8:0 enable=0 ctrl=auto\n');
    scheduler('sda', 'none mq-deadline [bfq]\n');
    expect(await control.disksLack()).toBe('');
    expect(await openGroups('').disksLack()).toBe('this kernel offers no "io" control group here');
  });
  it('say why there are none', async () => {
    const control = openGroups('');
    expect([control.share, control.shareLacks]).toEqual([undefined, 'this kernel offers no "cpu" control group here']);
    await control.apply('vm', 42, { sharePercent: 50 });
    await control.remove('vm');
    expect(await control.names()).toEqual([]);
  });
});
