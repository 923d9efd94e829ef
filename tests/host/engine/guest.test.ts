import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Terminal, makeBench, processesOf } from './bench';
import type { Bench } from './bench';
import { Viewer } from './rfb';

/* A real guest in a real QEMU. */

const never = new AbortController().signal;
let bench: Bench;
beforeEach(() => { bench = makeBench(); });
afterEach(() => bench.end());

describe('a guest', () => {
  it('starts, talks on both consoles, pauses, goes on, and shuts down cleanly', async () => {
    const engine = bench.engine(), spec = bench.spec(), { uuid } = spec;
    await engine.start(spec, never);
    expect(engine.state(uuid)).toBe('running');
    await expect(engine.start(spec, never)).rejects.toMatchObject({ kind: 'already-running' });

    const terminal = new Terminal(await engine.openConsole(uuid, 'vt100'));
    await terminal.prompt();
    expect(await terminal.run('expr 6 \\* 7; grep -c processor /proc/cpuinfo; cat /sys/block/vda/serial')).toBe('42\n1\nvbd-0');
    expect(await terminal.run('hostname; ip -4 -o addr show eth0')).toMatch(/10\.0\.2\.15/);

    const [one, other] = [await Viewer.connect(await engine.openConsole(uuid, 'rfb')), await Viewer.connect(await engine.openConsole(uuid, 'rfb'))];
    expect((await one.picture()).colours).toBeGreaterThan(1);
    expect((await other.picture()).colours).toBeGreaterThan(1);
    other.leave();
    expect(await one.picture()).toMatchObject({ width: 720, height: 400 }); // asking to be alone sent nobody away

    const second = new Terminal(await engine.openConsole(uuid, 'vt100'));
    await second.shows(/Tiny Linux/); // what was said before it came
    expect(await second.run('echo both')).toBe('both\n');
    await terminal.shows(/both/);

    await engine.pause(uuid);
    expect(engine.state(uuid)).toBe('paused');
    await engine.pause(uuid);
    await expect(engine.shutdown(uuid, never)).rejects.toMatchObject({ kind: 'not-running' });
    await engine.unpause(uuid);
    expect(engine.state(uuid)).toBe('running');
    expect(await terminal.run('echo again')).toBe('again\n');

    await engine.shutdown(uuid, never);
    expect(engine.state(uuid)).toBe('gone');
    await Promise.all([terminal.ended, second.ended]);
    await expect(one.picture()).rejects.toThrow(/ended/);
    const powers = bench.events.filter(({ on }) => on !== 'agent'); // which answers when the guest is that far
    expect(powers).toEqual([{ uuid, on: 'running' }, { uuid, on: 'paused' }, { uuid, on: 'running' }, expect.objectContaining({ uuid, on: 'gone', why: 'shutdown' })]);
    expect(bench.complaints).toEqual([]);
    expect(processesOf(uuid)).toEqual([]);
    await expect(engine.openConsole(uuid, 'vt100')).rejects.toMatchObject({ kind: 'not-running' });
  });

  it('boots from its disk by the BIOS, and powers itself off', async () => {
    const engine = bench.engine(), spec = bench.spec({ boot: { by: 'firmware', firmware: 'bios', order: 'cd' } }), { uuid } = spec;
    await engine.start(spec, never);
    const terminal = new Terminal(await engine.openConsole(uuid, 'vt100'));
    await terminal.prompt();
    terminal.type('poweroff -f\n');
    expect(await bench.event('gone')).toMatchObject({ uuid, why: 'shutdown' });
    await terminal.ended;
    await engine.start(spec, never); // the same again, at once
    expect(engine.state(uuid)).toBe('running');
  });

  it('restarts by itself and by reset, in the same process', async () => {
    const engine = bench.engine(), spec = bench.spec(), { uuid } = spec;
    await engine.start(spec, never);
    const terminal = new Terminal(await engine.openConsole(uuid, 'vt100')), pid = processesOf(uuid);
    await terminal.prompt();
    terminal.text = '';
    terminal.type('reboot -f\n');
    expect(await bench.event('reset')).toEqual({ uuid, on: 'reset' });
    await terminal.shows(/Tiny Linux/);
    await terminal.prompt();
    await engine.pause(uuid);
    await engine.reset(uuid);
    expect(await bench.event('reset')).toEqual({ uuid, on: 'reset' });
    expect(engine.state(uuid)).toBe('paused');
    expect(processesOf(uuid)).toEqual(pid);
    await engine.kill(uuid);
    await terminal.ended;
  });

  it('outlives the service: the next one finds it, its state, and what it said meanwhile', async () => {
    const first = bench.engine(), spec = bench.spec(), paused = bench.spec({ startPaused: true }), { uuid } = spec;
    await Promise.all([first.start(spec, never), first.start(paused, never)]);
    const before = new Terminal(await first.openConsole(uuid, 'vt100'));
    await before.prompt();
    await before.run('echo said "before"');
    before.type('(sleep 2; echo said "between"; poweroff -f) & sleep 1\n');
    await before.shows(/sleep 1/);
    first.dispose();
    await before.ended;

    const second = bench.engine();
    const adopted = await second.adopt();
    expect(adopted).toContainEqual({ uuid, state: 'running' });
    expect(adopted).toContainEqual({ uuid: paused.uuid, state: 'paused' });
    expect(await second.adopt()).toEqual([]);
    const after = new Terminal(await second.openConsole(uuid, 'vt100'));
    await after.shows(/said before\r\n[^]*said between\r\n/);
    expect(await bench.event('gone')).toMatchObject({ uuid, why: 'shutdown' });
    await after.ended;
    await second.unpause(paused.uuid);
    expect(second.state(paused.uuid)).toBe('running');
    await second.kill(paused.uuid);
    const told = bench.events.filter(event => event.on !== 'agent'); // the guest agent comes and goes as it likes
    expect(told.slice(2)).toEqual([expect.objectContaining({ uuid, on: 'gone' }), { uuid: paused.uuid, on: 'running' }, expect.objectContaining({ uuid: paused.uuid, on: 'gone', why: 'killed' })]);
  });

  it('that powered off while nobody looked is finished by the next service', async () => {
    const first = bench.engine(), spec = bench.spec(), { uuid } = spec;
    await first.start(spec, never);
    const terminal = new Terminal(await first.openConsole(uuid, 'vt100'));
    await terminal.prompt();
    terminal.type('sleep 1; poweroff -f\n');
    await terminal.shows(/poweroff/);
    first.dispose();
    const status = await spareMonitorSays(bench, uuid, 'shutdown');
    expect(status).toBe('shutdown');

    const second = bench.engine();
    expect(await second.adopt()).toEqual([{ uuid, state: 'gone' }]);
    expect(await bench.event('gone')).toMatchObject({ uuid, why: 'shutdown' });
    expect(processesOf(uuid)).toEqual([]);
  });
});

/** Asks a machine's second monitor, as a person who debugs it would, until it says this. */
const spareMonitorSays = async (of: Bench, uuid: string, wanted: string): Promise<string> => {
  const { QmpClient } = await import('../../../src/host/engine/qemu/qmp/client');
  const client = await QmpClient.connect(`${of.runDirectory}/${uuid}/qmp2.sock`);
  try {
    const happened = new Promise<void>(resolve => { client.onEvent(event => { if (event.name === 'SHUTDOWN') resolve(); }); });
    const ask = async (): Promise<string> => (await client.execute('query-status') as { status: string }).status;
    if (await ask() !== wanted) await happened;
    return await ask();
  } finally { client.dispose(); }
};
