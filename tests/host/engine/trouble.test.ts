import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newUuid } from '../../../src/host/platform/ids';
import { Terminal, makeBench, processesOf } from './bench';
import type { Bench } from './bench';
import { Viewer } from './rfb';

/* What goes wrong: with a real QEMU where it can be made to, else with a program in its place (tests/peers/qemu-peer.mjs). */

const never = new AbortController().signal;
let bench: Bench;
beforeEach(() => { bench = makeBench(); });
afterEach(() => bench.end());

const left = (): string[] => existsSync(bench.runDirectory) ? readdirSync(bench.runDirectory) : [];
/** A program that is the peer, misbehaving so. */
const peer = (how: string): string => {
  const path = join(bench.directory, `qemu-${how}`);
  writeFileSync(path, `#!/bin/sh\nexec ${process.execPath} ${join(import.meta.dirname, '../../peers/qemu-peer.mjs')} ${how} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
};

describe('a start that fails leaves nothing', () => {
  it.each<[string, (of: Bench) => Parameters<Bench['spec']>[0], RegExp]>([
    ['a disk that is not there', of => ({ disks: [{ userdevice: '0', image: { format: 'qcow2', source: { by: 'file', path: join(of.directory, 'none.qcow2') } }, readOnly: false, kind: 'Disk' }] }), /none\.qcow2.*No such file/],
    ['a disk of another format', of => {
      writeFileSync(join(of.directory, 'text'), 'x'.repeat(4096));
      return { disks: [{ userdevice: '0', image: { format: 'qcow2', source: { by: 'file', path: join(of.directory, 'text') } }, readOnly: false, kind: 'Disk' }] };
    }, /not in qcow2 format/],
    ['a kernel that is not there', () => ({ boot: { by: 'kernel', kernelPath: '/none/vmlinuz', args: '' } }), /vmlinuz/],
    ['more memory than there is', () => ({ memoryBytes: 2 ** 50 }), /memory|ram/i],
    ['a description that cannot be', () => ({ vcpus: 0 }), /not a number of vCPUs/],
  ])('%s', async (_what, change, words) => {
    const engine = bench.engine(), spec = bench.spec(change(bench));
    await expect(engine.start(spec, never)).rejects.toMatchObject({ kind: 'start-failed', message: expect.stringMatching(words) as string });
    expect(engine.state(spec.uuid)).toBe('gone');
    expect(left()).toEqual([]);
    expect(bench.events).toEqual([]);
  });

  it.each([['dies', /this cannot work/], ['dies-after-greeting', /died of a command/], ['garbage', /not QMP/]])('a QEMU that %s', async (how, words) => {
    const engine = bench.engine({ binary: peer(how) });
    await expect(engine.start(bench.spec(), never)).rejects.toMatchObject({ kind: 'start-failed', message: expect.stringMatching(words) as string });
    expect(left()).toEqual([]);
  });

  it('no QEMU at all: says what to install', async () => {
    const engine = bench.engine({ binary: 'qemu-system-nowhere' });
    await expect(engine.facts()).rejects.toMatchObject({ kind: 'missing-program' });
    await expect(engine.start(bench.spec(), never)).rejects.toMatchObject({ kind: 'missing-program', message: expect.stringMatching(/apt install/) as string });
    expect(left()).toEqual([]);
  });

  it('given up before and while QEMU starts', async () => {
    const engine = bench.engine(), spec = bench.spec(), stop = new AbortController();
    await expect(engine.start(spec, AbortSignal.abort(new Error('no more')))).rejects.toThrow('no more');
    const starting = engine.start(spec, stop.signal);
    const competing = engine.start(spec, never);
    stop.abort(new Error('cancelled'));
    await expect(competing).rejects.toMatchObject({ kind: 'already-running' });
    await expect(starting).rejects.toThrow('cancelled');
    expect(processesOf(spec.uuid)).toEqual([]);
    expect(left()).toEqual([]);
    await engine.start(spec, never); // and nothing is in the way of the next
  });

  it('given up, killed, or the service stops, while QEMU is silent', async () => {
    const engine = bench.engine({ binary: peer('silent') }), [one, two, three] = [bench.spec(), bench.spec(), bench.spec()], stop = new AbortController();
    const starts = Promise.allSettled([engine.start(one, stop.signal), engine.start(two, never), engine.start(three, never)]);
    await Promise.all([one, two, three].map(spec => appears(join(bench.runDirectory, spec.uuid, 'qemu.log'))));
    stop.abort(new Error('cancelled'));
    await engine.kill(two.uuid);
    engine.dispose();
    expect((await starts).map(outcome => outcome.status === 'rejected' && (outcome.reason as Error).message)).toEqual(['cancelled', expect.any(String), 'the service stops']);
    for (const { uuid } of [one, two, three]) expect(processesOf(uuid)).toEqual([]);
    expect(left()).toEqual([]);
  });
});

describe('a running machine', () => {
  it('killed by somebody is seen as crashed at once, also by a service that adopted it', async () => {
    const engine = bench.engine(), one = bench.spec(), two = bench.spec();
    await Promise.all([engine.start(one, never), engine.start(two, never)]);
    const terminal = new Terminal(await engine.openConsole(one.uuid, 'vt100'));
    process.kill(processesOf(one.uuid)[0]!, 'SIGKILL');
    expect(await bench.event('gone')).toMatchObject({ uuid: one.uuid, why: 'crashed' });
    await terminal.ended;
    engine.dispose();
    const next = bench.engine();
    expect(await next.adopt()).toEqual([{ uuid: two.uuid, state: 'running' }]);
    process.kill(processesOf(two.uuid)[0]!, 'SIGKILL');
    expect(await bench.event('gone')).toMatchObject({ uuid: two.uuid, why: 'crashed' });
    expect(next.state(two.uuid)).toBe('gone');
    expect(left()).toEqual([]);
  });

  it('that ended while the service was down leaves nothing but the news', async () => {
    const engine = bench.engine(), spec = bench.spec();
    await engine.start(spec, never);
    engine.dispose();
    const pid = processesOf(spec.uuid)[0]!;
    process.kill(pid, 'SIGKILL');
    await ends(pid);
    mkdirSync(join(bench.runDirectory, newUuid())); // a start that never came to a QEMU
    const next = bench.engine();
    expect(await next.adopt()).toHaveLength(2);
    expect(next.state(spec.uuid)).toBe('gone');
    expect(left()).toEqual([]);
  });

  it('is not signalled when its pid belongs to another process now', async () => {
    const uuid = newUuid(), directory = join(bench.runDirectory, uuid);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'qemu.pid'), `${process.pid}\n`); // signalling would end this test run
    const engine = bench.engine();
    expect(await engine.adopt()).toEqual([{ uuid, state: 'gone' }]);
    expect(left()).toEqual([]);
  });

  it('whose monitor another client holds is reached by the spare one', async () => {
    const engine = bench.engine(), spec = bench.spec();
    await engine.start(spec, never);
    const held = net.connect(join(bench.runDirectory, spec.uuid, 'qmp.sock')); // queued behind the engine, then served first
    await new Promise(resolve => held.once('connect', resolve));
    engine.dispose();
    await new Promise(resolve => held.once('data', resolve));
    try {
      const next = bench.engine();
      expect(await next.adopt()).toEqual([{ uuid: spec.uuid, state: 'running' }]);
      await next.pause(spec.uuid);
      expect(next.state(spec.uuid)).toBe('paused');
      await next.kill(spec.uuid);
    } finally { held.destroy(); }
  });

  it('that does not obey: a lost monitor is made again, and an end is an end', async () => {
    const engine = bench.engine({ binary: peer('stubborn') }), spec = bench.spec();
    await engine.start(spec, never);
    await expect(engine.pause(spec.uuid)).rejects.toMatchObject({ kind: 'unresponsive' });
    const stop = new AbortController();
    const shutdown = engine.shutdown(spec.uuid, stop.signal);
    stop.abort(new Error('enough'));
    await expect(shutdown).rejects.toThrow('enough');
    expect(engine.state(spec.uuid)).toBe('running');
    await engine.kill(spec.uuid); // ignores SIGTERM
    expect(await bench.event('gone')).toMatchObject({ why: 'killed' });
    expect(processesOf(spec.uuid)).toEqual([]);
    expect(left()).toEqual([]);
  });

  it('may have CDs, many cards, an old screen, a strange name, and a run directory deeper than a socket\'s path may be long', async () => {
    const runDirectory = join(bench.directory, 'deep'.repeat(30), 'run'), engine = bench.engine({ runDirectory }), image = join(bench.directory, 'a,b "c".iso');
    writeFileSync(image, Buffer.alloc(2048 * 100));
    const cd = { image: { format: 'raw', source: { by: 'file', path: image } }, readOnly: true, kind: 'CD' } as const, plain = bench.spec();
    const spec = bench.spec({
      name: ' ,"-S\n日本 🖥', boot: { by: 'firmware', firmware: 'bios', order: 'dcn' }, startPaused: true, vcpus: 2, videoCard: 'cirrus', videoRamMib: 8,
      disks: [...plain.disks, ...['1', '2', '3', '4'].map(userdevice => ({ ...cd, userdevice }))],
      nics: ['0', '1', '7'].map(device => ({ device, mac: `52:54:00:00:00:0${device}`, mtu: device === '7' ? 1400 : 1500, backend: { by: 'user', hostname: '' } })),
    });
    await engine.start(spec, never);
    expect(engine.state(spec.uuid)).toBe('paused');
    await engine.unpause(spec.uuid);
    (await Viewer.connect(await engine.openConsole(spec.uuid, 'rfb'))).leave();
    await engine.kill(spec.uuid);
    expect(readdirSync(runDirectory)).toEqual([]);
    expect(bench.events.map(event => event.on)).toEqual(['paused', 'running', 'gone']);
  });

  it('is private to its owner', async () => {
    const engine = bench.engine(), spec = bench.spec();
    await engine.start(spec, never);
    expect(statSync(join(bench.runDirectory, spec.uuid)).mode & 0o777).toBe(0o700);
    expect(statSync(bench.runDirectory).mode & 0o066).toBe(0);
  });

  describe.skipIf(process.getuid?.() !== 0)('of a service that is root', () => {
    const runAs = { uid: 65_534, gid: 65_534 };
    const uidOf = (uuid: string): number => Number(/^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${processesOf(uuid)[0]}/status`, 'utf8'))![1]);

    it('runs as an unprivileged user, with its disk and the images below it', async () => {
      const engine = bench.engine({ runAs }), open = join(bench.directory, 'open'), guest = bench.spec();
      chmodSync(bench.directory, 0o711);
      mkdirSync(open, { mode: 0o711 });
      const [base, path, kernelPath] = [join(open, 'base.qcow2'), join(open, 'disk.qcow2'), join(open, 'vmlinuz')];
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', base, '8M']);
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', 'base.qcow2', path]);
      copyFileSync((guest.boot as { kernelPath: string }).kernelPath, kernelPath);
      for (const file of [base, path]) chmodSync(file, 0o600);
      await engine.start({ ...guest, boot: { by: 'kernel', kernelPath, args: '' }, disks: [{ ...guest.disks[0]!, image: { format: 'qcow2', source: { by: 'file', path } } }] }, never);
      expect(uidOf(guest.uuid)).toBe(runAs.uid);
      expect(statSync(path)).toMatchObject({ uid: runAs.uid, mode: 0o100600 });
      expect(statSync(base)).toMatchObject({ uid: runAs.uid, mode: 0o100400 });
      (await Viewer.connect(await engine.openConsole(guest.uuid, 'rfb'))).leave();
      engine.dispose();
      const next = bench.engine({ runAs });
      expect(await next.adopt()).toEqual([{ uuid: guest.uuid, state: 'running' }]);
      await next.kill(guest.uuid);
      expect(bench.complaints).toEqual([]);
    });

    it('stays root, and says why, when its files are where others may not go', async () => {
      const engine = bench.engine({ runAs }), spec = bench.spec(); // the bench's directory is closed
      await engine.start(spec, never);
      expect(uidOf(spec.uuid)).toBe(0);
      expect(bench.complaints).toEqual([expect.stringContaining('closed to the unprivileged one') as string]);
    });
  });
});

const appears = async (path: string): Promise<void> => { while (!existsSync(path)) await new Promise(setImmediate); };
const ends = async (pid: number): Promise<void> => { while (processesOf('').includes(pid)) await new Promise(setImmediate); };
