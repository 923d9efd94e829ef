import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCpuControl } from './cgroups';

/* What is written where; that the kernel takes it is tested on real control groups (tests/host/engine/share.test.ts, of the version that this machine has). */

let top: string;
beforeEach(() => { top = mkdtempSync(join(tmpdir(), 'cgroups-')); });
afterEach(() => { rmSync(top, { recursive: true }); });

const said = (...names: string[]): string => readFileSync(join(top, ...names), 'utf8').trim();

describe('control groups', () => {
  it('of version 2: hands the controllers down, and weighs against 100', async () => {
    writeFileSync(join(top, 'cgroup.controllers'), 'cpuset cpu io memory\n');
    const control = openCpuControl(`30 23 0:26 / ${top} rw,nosuid shared:4 - cgroup2 cgroup2 rw\n`);
    expect([control.share, control.mask, control.shareLacks]).toEqual(['v2', 'v2', '']);
    await control.apply('vm', 42, { sharePercent: 200, capPercent: 150, mask: [0, 2] });
    expect([said('cgroup.subtree_control'), said('administrator-console/cgroup.subtree_control')]).toEqual(['+cpu +cpuset', '+cpu +cpuset']);
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
    const control = openCpuControl([`31 23 0:27 / ${top}/cpu rw - cgroup cgroup rw,cpu,cpuacct`, `32 23 0:28 / ${top}/cpuset rw - cgroup cgroup rw,cpuset`, `33 23 0:29 / ${top}/unified rw - cgroup2 cgroup2 rw`].join('\n'));
    await control.apply('vm', 42, { sharePercent: 50, mask: [1] });
    expect(['cpu.shares', 'cpu.cfs_quota_us', 'cgroup.procs'].map(file => said('cpu/administrator-console/vm', file))).toEqual(['512', '-1', '42']);
    expect([said('cpuset/administrator-console/vm/cpuset.cpus'), said('cpuset/administrator-console/vm/cpuset.mems')]).toEqual(['1', '0-3']);
  });
  it('say why there are none', async () => {
    const control = openCpuControl('');
    expect([control.share, control.shareLacks]).toEqual([undefined, 'this kernel offers no "cpu" control group here']);
    await control.apply('vm', 42, { sharePercent: 50 });
    await control.remove('vm');
    expect(await control.names()).toEqual([]);
  });
});
