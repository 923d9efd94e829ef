import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiskImage, DiskSpec } from '../../../src/host/engine/contract';
import { Terminal, makeBench } from './bench';
import type { Bench } from './bench';

/* Memory in a file, and disks that change their place below a guest that goes on. */

const MIB = 2 ** 20;
const never = new AbortController().signal;
let bench: Bench;
beforeEach(() => { bench = makeBench(); });
afterEach(() => bench.end());

const image = (path: string): DiskImage => ({ format: 'qcow2', source: { by: 'file', path } });
const empty = (name: string, ...more: string[]): string => {
  const path = join(bench.directory, name);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...more, path, '4M']);
  return path;
};
const dataDisk = (path: string): DiskSpec => ({ userdevice: '1', image: image(path), readOnly: false, kind: 'Disk' });
const room = (bytes: number): string => {
  const path = join(bench.directory, 'state'), fd = openSync(path, 'w');
  ftruncateSync(fd, bytes);
  closeSync(fd);
  return path;
};

describe('the memory of a machine', () => {
  it('goes to a file and comes back, in another process and by another service', async () => {
    let engine = bench.engine();
    const spec = bench.spec(), { uuid } = spec;
    await engine.start(spec, never);
    const terminal = new Terminal(await engine.openConsole(uuid, 'vt100'));
    await terminal.prompt();
    await terminal.run('echo kept > /tmp/kept; word=remembered');

    // What does not fit, or is given up, leaves the guest as it was.
    await expect(engine.save(uuid, room(MIB), never)).rejects.toMatchObject({ kind: 'refused', message: expect.stringContaining('does not fit') as string });
    await expect(engine.save(uuid, room(256 * MIB), AbortSignal.abort(new Error('given up')))).rejects.toThrow('given up');
    const late = new AbortController();
    await expect(engine.save(uuid, room(256 * MIB), late.signal, () => { late.abort(new Error('given up')); })).rejects.toThrow('given up');
    expect(engine.state(uuid)).toBe('running');
    expect(await terminal.run('cat /tmp/kept')).toBe('kept\n');

    // A service that goes away in the middle: the next one finds the guest standing, and able to go on.
    const path = room(256 * MIB), saving = engine.save(uuid, path, never);
    const lost = expect(saving).rejects.toThrow();
    await bench.event('paused'); // of the given up one
    engine.dispose();
    await lost;
    engine = bench.engine();
    expect(await engine.adopt()).toEqual([{ uuid, state: expect.stringMatching(/paused|running/) as string }]);
    await engine.unpause(uuid);
    expect(await engine.save(uuid, path, never)).toEqual({ bytes: expect.any(Number) as number });
    expect(engine.state(uuid)).toBe('paused');
    await engine.unpause(uuid); // as if nothing had been
    const again = new Terminal(await engine.openConsole(uuid, 'vt100'));
    await again.prompt();
    expect(await again.run('cat /tmp/kept')).toBe('kept\n');

    let last = 0;
    const { bytes } = await engine.save(uuid, path, never, fraction => { last = fraction; });
    expect(bytes).toBeGreaterThan(10 * MIB);
    expect(last).toBeLessThanOrEqual(1);
    await engine.kill(uuid);
    await engine.start({ ...spec, restoreFrom: path }, never);
    expect(engine.state(uuid)).toBe('running');
    const restored = new Terminal(await engine.openConsole(uuid, 'vt100'));
    restored.type('\n');
    await restored.prompt();
    expect(await restored.run('cat /tmp/kept; echo $word')).toBe('kept\nremembered\n');
    await engine.kill(uuid);

    execFileSync('dd', ['if=/dev/urandom', `of=${path}`, 'bs=1M', 'count=1', 'conv=notrunc', 'status=none']);
    await expect(engine.start({ ...spec, restoreFrom: path }, never)).rejects.toMatchObject({ kind: 'start-failed' });
    expect(engine.state(uuid)).toBe('gone');
    expect(bench.complaints).toEqual([]);
  });
});

describe('the disks of a guest that goes on', () => {
  it('are switched to overlays, moved and merged, and the guest reads what it wrote', async () => {
    const engine = bench.engine(), base = empty('base.qcow2'), plain = bench.spec();
    const spec = { ...plain, disks: [...plain.disks, dataDisk(base)] }, { uuid } = spec;
    await engine.start(spec, never);
    const terminal = new Terminal(await engine.openConsole(uuid, 'vt100'));
    await terminal.prompt();
    const write = (at: number, text: string): Promise<string> => terminal.run(`yes ${text} | dd of=/dev/vdb bs=256k count=2 seek=${at} iflag=fullblock conv=fsync 2>/dev/null`);
    const sum = async (): Promise<string> => { await terminal.run('sync; echo 3 > /proc/sys/vm/drop_caches'); return terminal.run('md5sum < /dev/vdb'); };

    await write(0, 'one');
    const one = await sum();
    const overlay = empty('overlay1.qcow2', '-u', '-b', 'base.qcow2', '-F', 'qcow2');
    await expect(engine.switchDisks(uuid, [{ userdevice: '1', overlay: image(overlay) }, { userdevice: '9', overlay: image(overlay) }])).rejects.toMatchObject({ kind: 'refused' });
    expect(await engine.openImages(uuid, '1')).toEqual([base]);
    await engine.switchDisks(uuid, [{ userdevice: '1', overlay: image(overlay) }]);
    expect(await sum()).toBe(one);
    await write(2, 'two');
    const second = empty('overlay2.qcow2', '-u', '-b', 'overlay1.qcow2', '-F', 'qcow2');
    await engine.switchDisks(uuid, [{ userdevice: '1', overlay: image(second) }]);
    await write(4, 'three');
    const all = await sum();
    expect(await engine.openImages(uuid, '1')).toEqual([second, overlay, base]);
    expect(execFileSync('qemu-img', ['compare', '-q', '-U', base, base]).length).toBe(0);

    // The one in the middle goes.
    const given = AbortSignal.abort(new Error('given up'));
    await expect(engine.mergeDown(uuid, '1', given)).rejects.toThrow('given up');
    await engine.mergeDown(uuid, '1', never);
    expect(await engine.openImages(uuid, '1')).toEqual([second, base]);
    expect(execFileSync('qemu-img', ['info', '-U', second], { encoding: 'utf8' })).toMatch(/^backing file: base\.qcow2/m);
    rmSync(overlay);
    expect(await sum()).toBe(all);

    // Elsewhere, while the guest writes.
    const target = empty('moved.qcow2');
    await expect(engine.mirrorDisk(uuid, '1', image(target), given)).rejects.toThrow('given up');
    await expect(engine.mirrorDisk(uuid, '1', image(join(bench.directory, 'none.qcow2')), never)).rejects.toMatchObject({ kind: 'refused' });
    const writing = write(6, 'while it moves');
    let stood = '';
    await engine.mirrorDisk(uuid, '1', image(target), never, undefined, () => { stood = engine.state(uuid); });
    expect(stood).toBe('paused');
    expect(engine.state(uuid)).toBe('running');
    await writing;
    expect(await engine.openImages(uuid, '1')).toEqual([target]);
    rmSync(second);
    const after = await sum();
    expect(after).not.toBe(all);

    // The last base goes, too, and a service that starts anew ends what was begun.
    const third = empty('overlay3.qcow2', '-u', '-b', 'moved.qcow2', '-F', 'qcow2');
    await engine.switchDisks(uuid, [{ userdevice: '1', overlay: image(third) }]);
    await engine.mergeDown(uuid, '1', never);
    expect(await engine.openImages(uuid, '1')).toEqual([third]);
    rmSync(target);
    // Killed right then: what was copied is on the disk already.
    process.kill(Number(readFileSync(join(bench.runDirectory, uuid, 'qemu.pid'), 'utf8')), 'SIGKILL');
    await bench.event('gone');
    const raw = join(bench.directory, 'third.raw');
    execFileSync('qemu-img', ['convert', '-O', 'raw', third, raw]);
    expect(`${createHash('md5').update(readFileSync(raw)).digest('hex')}  -\n`).toBe(after);
    expect(bench.complaints).toEqual([]);
  });
});
