import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Terminal, makeBench } from './bench';
import type { Bench } from './bench';

/* qemu-guest-agent in a real guest. */

const never = new AbortController().signal;
let bench: Bench;
beforeEach(() => { bench = makeBench(); });
afterEach(() => bench.end());

describe('the guest agent', () => {
  it('is heard when it comes, says what it knows, keeps file systems still, and is there for the next service', async () => {
    const engine = bench.engine(), base = bench.spec(), data = join(bench.directory, 'data.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', data, '16M']);
    const spec = { ...base, disks: [...base.disks, { userdevice: '1', image: { format: 'qcow2' as const, source: { by: 'file' as const, path: data } }, readOnly: false, kind: 'Disk' as const }] }, { uuid } = spec;
    await engine.start(spec, never);
    expect(await engine.guestFacts(uuid)).toBeUndefined();
    expect(await engine.quiesce(uuid)).toBeUndefined();
    expect(await bench.event('agent')).toEqual({ uuid, on: 'agent', connected: true });
    const terminal = new Terminal(await engine.openConsole(uuid, 'vt100'));
    await terminal.prompt();
    const facts = await engine.guestFacts(uuid);
    expect(facts).toMatchObject({ agentVersion: expect.stringMatching(/^\d+\.\d+/) as string, hostname: 'tiny', os: { id: 'tiny', name: 'Tiny Linux', version: '1', kernel: expect.stringMatching(/^\d+\./) as string } });
    expect(facts?.interfaces).toContainEqual(expect.objectContaining({ name: 'eth0', mac: '52:54:00:aa:bb:01', addresses: expect.arrayContaining(['10.0.2.15']) as string[] }));

    await terminal.run('mke2fs /dev/vdb >/dev/null 2>&1; modprobe -q ext4; mount -t ext4 /dev/vdb /mnt && echo mounted');
    const still = await engine.quiesce(uuid);
    expect(still).toBeDefined();
    await expect(engine.quiesce(uuid)).rejects.toMatchObject({ kind: 'refused' });
    expect(await engine.guestFacts(uuid)).toEqual(facts); // what it said before
    await terminal.run('(echo written > /mnt/file; echo done > /tmp/done) & sleep 0.3');
    expect(await terminal.run('cat /tmp/done 2>/dev/null')).toBe('');
    await still!.thaw();
    await still!.thaw();
    while (!/done/.test(await terminal.run('cat /tmp/done; sleep 0.2'))) { /* it is slow */ }
    expect(await terminal.run('cat /mnt/file')).toBe('written\n');

    // A service that ends thaws; the next one finds the agent.
    await engine.quiesce(uuid);
    terminal.leave();
    engine.dispose();
    const second = bench.engine();
    expect(await second.adopt()).toEqual([{ uuid, state: 'running' }]);
    expect(await bench.event('agent')).toEqual({ uuid, on: 'agent', connected: true });
    const again = new Terminal(await second.openConsole(uuid, 'vt100'));
    again.type('\n');
    await again.prompt();
    expect(await again.run('echo more > /mnt/more; cat /mnt/more')).toBe('more\n');
    expect(await second.guestFacts(uuid)).toMatchObject({ hostname: 'tiny' });

    await again.run('kill $(cat /run/qemu-ga.pid)');
    expect(await bench.event('agent')).toEqual({ uuid, on: 'agent', connected: false });
    expect(await second.guestFacts(uuid)).toBeUndefined();
    await second.shutdown(uuid, never); // by its power button
    expect(await bench.event('gone')).toMatchObject({ why: 'shutdown' });
  });
});
