import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openGroups } from '../../../src/host/platform/cgroups';
import { makeBench, processesOf, Terminal } from './bench';
import type { Bench } from './bench';

/* A machine's share of the processors, as the kernel sees it; what it said before it ended; and a guest that may not reboot. One boot for all of it. */

let bench: Bench;
beforeEach(() => { bench = makeBench(); });
afterEach(async () => { await bench.end(); });

const never = new AbortController().signal;
/** Where control groups of version 1 are mounted. */
const V1 = /^\d+ \d+ \S+ \S+ (\S+) .* - cgroup \S+ \S*\b(cpu|cpuset|blkio)\b/gm;
const mounts = Object.fromEntries([...readFileSync('/proc/self/mountinfo', 'utf8').matchAll(V1)].map(([, path, controller]) => [controller, path])) as Partial<Record<'cpu' | 'cpuset' | 'blkio', string>>;

describe('a machine', () => {
  it('gets its share, keeps its last words, and ends when its guest reboots', async () => {
    const engine = bench.engine(), spec = bench.spec({ cpuShare: { weight: 512, capPercent: 150, mask: [0] }, diskWeight: 300, afterReset: 'end' }), { uuid } = spec;
    const { lacks = {} } = await engine.facts();
    await engine.start(spec, never);
    const pid = readFileSync(join(bench.runDirectory, uuid, 'qemu.pid'), 'utf8').trim();
    const group = (controller: 'cpu' | 'cpuset' | 'blkio', file: string): string => readFileSync(join(mounts[controller]!, 'administrator-console', uuid, file), 'utf8').trim();
    // Every thread, also those that QEMU makes later.
    if (!('cpu-mask' in lacks)) expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Cpus_allowed_list:\s+0$/m);
    else expect(bench.complaints.join()).toContain('without its share');
    if (mounts.cpu !== undefined && openGroups().share === 'v1') {
      expect([group('cpu', 'cpu.shares'), group('cpu', 'cpu.cfs_quota_us'), group('cpu', 'cgroup.procs')]).toEqual(['2048', '150000', pid]);
      await engine.shareCpu(uuid, { weight: 128 });
      expect([group('cpu', 'cpu.shares'), group('cpu', 'cpu.cfs_quota_us')]).toEqual(['512', '-1']);
    }
    if (mounts.blkio !== undefined && openGroups().disks === 'v1') {
      expect([group('blkio', 'blkio.bfq.weight'), group('blkio', 'cgroup.procs')]).toEqual(['300', pid]);
      // It is written whatever the scheduler of the disks is, and the reason said where that is not bfq.
      await engine.weighDisks(uuid, 500).then(() => { expect('disk-weight' in lacks).toBe(false); }, (error: unknown) => { expect(error).toMatchObject({ kind: 'unsupported', message: lacks['disk-weight'] }); });
      expect(group('blkio', 'blkio.bfq.weight')).toBe('500');
    }
    await expect(engine.weighDisks(uuid, 0)).rejects.toMatchObject({ kind: 'refused' });
    await expect(engine.shareCpu(uuid, { weight: 0 })).rejects.toMatchObject({ kind: 'refused' });

    const terminal = new Terminal(await engine.openConsole(uuid, 'vt100'));
    await terminal.prompt();
    await terminal.run('echo last words');
    expect(await engine.consoleLog(uuid, 1_000)).toContain('last words');
    terminal.type('reboot -f\n');
    expect(await bench.event('gone')).toMatchObject({ uuid, why: 'reboot-requested' });
    terminal.leave();
    expect(await engine.consoleLog(uuid, 100_000)).toContain('last words');
    expect((await engine.consoleLog(uuid, 10)).length).toBe(10);
    expect(await engine.kept()).toEqual([uuid]);
    for (const mount of [mounts.cpu, mounts.blkio].filter(each => each !== undefined)) await vi.waitFor(() => { expect(existsSync(join(mount, 'administrator-console', uuid))).toBe(false); }, { timeout: 10_000 });
    await engine.forget(uuid);
    expect(await engine.consoleLog(uuid, 1_000)).toBe('');
  });

  it('leaves no TPM behind when the service died before its QEMU came', async () => {
    const uuid = bench.spec().uuid, state = join(`${bench.runDirectory}.kept`, uuid, 'tpm');
    mkdirSync(state, { recursive: true });
    const swtpm = spawn('swtpm', ['socket', '--tpm2', '--tpmstate', `dir=${state},mode=0600`, '--ctrl', `type=unixio,path=${join(bench.directory, 'tpm.sock')}`, '--terminate'], { stdio: 'ignore' });
    await once(swtpm, 'spawn');
    const ended = once(swtpm, 'exit');
    await bench.engine().adopt();
    await ended;
    expect(processesOf(state)).toEqual([]);
  });
});

describe.skipIf(openGroups().share === undefined)('the group of a process', () => {
  it('goes once the kernel has let its process go, and stays for the one that comes meanwhile', async () => {
    const groups = openGroups(), name = `test-${process.pid}`, [first, second] = [spawn('sleep', ['600']), spawn('sleep', ['600'])];
    try {
      await groups.apply(name, first.pid!, { sharePercent: 100 });
      let removed = false;
      const given = groups.remove(name).then(() => { removed = true; });
      await groups.apply(name, second.pid!, { sharePercent: 100 }); // the removal is given up
      await given;
      expect([removed, await groups.names()]).toEqual([true, expect.arrayContaining([name])]);
      first.kill('SIGKILL');
      const gone = groups.remove(name);
      second.kill('SIGKILL'); // nobody waits for its end
      await gone;
      expect(await groups.names()).not.toContain(name);
    } finally { for (const each of [first, second]) each.kill('SIGKILL'); await groups.remove(name); }
  });
});
