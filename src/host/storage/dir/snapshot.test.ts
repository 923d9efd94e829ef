import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newUuid } from '../../platform/ids';
import type { StorageRepository, StoredVdi } from '../contract';
import { dirDriver } from './index';

/* Snapshots of a disk that a real QEMU has open; the machine has no guest: its disk is written by QEMU's own monitor. */

const MIB = 1024 * 1024;
let location: string, sr: StorageRepository;
const machines: Machine[] = [];
const create = (format: 'qcow2' | 'raw' | 'vpc' = 'qcow2'): Promise<StoredVdi> => sr.create({ uuid: newUuid(), name: 'disk', virtualSizeBytes: 16 * MIB, format });
const pathOf = (uuid: string): string => { const { source } = sr.locate(uuid); return source.by === 'file' ? source.path : ''; };
const holds = (uuid: string, pattern: number, at = 0): void => {
  expect(execFileSync('qemu-io', ['-r', '-f', sr.locate(uuid).format, '-c', `read -P ${pattern} ${at}M 1M`, pathOf(uuid)], { encoding: 'utf8' })).not.toMatch(/verification failed/i);
};
const images = (): string[] => readdirSync(location).filter(file => !file.endsWith('.json')).sort();

/** QEMU names an image whose base was given to it, not read from its header, by all of its options. */
const pathOfImage = (filename: string): string => (filename.startsWith('json:') ? /"filename": "([^"]+)"\}\}$/.exec(filename)![1]! : filename);

/** A QEMU with one disk. */
class Machine {
  readonly process: ChildProcess;
  readonly #socket: Promise<Socket>;
  readonly #events: string[] = [];
  readonly #waiting: ((answer: { return?: unknown; error?: { desc: string }; event?: string }) => void)[] = [];
  node = 'disk';
  constructor(uuid: string) {
    const path = join(location, 'qmp');
    this.process = spawn('qemu-system-x86_64', ['-M', 'pc', '-accel', 'tcg', '-m', '16', '-nodefaults', '-display', 'none', '-S', '-qmp', `unix:${path},server=on,wait=on`], { stdio: 'ignore' });
    machines.push(this);
    this.#socket = this.#connect(path, uuid);
  }
  async #connect(path: string, uuid: string): Promise<Socket> {
    let socket: Socket | undefined;
    while (!socket) {
      const attempt = createConnection(path);
      attempt.on('error', () => { /* not there yet, or killed */ });
      try { await once(attempt, 'connect'); socket = attempt; } catch { await new Promise(ok => { setImmediate(ok); }); }
    }
    createInterface({ input: socket }).on('error', () => { /* it was killed */ }).on('line', line => {
      const answer = JSON.parse(line) as { event?: string; return?: unknown };
      if ('QMP' in answer) return;
      if (answer.event !== undefined) this.#events.push(answer.event); else this.#waiting.shift()?.(answer);
    });
    const say = (execute: string, args: object): Promise<unknown> => new Promise(ok => { this.#waiting.push(ok); socket.write(JSON.stringify({ execute, arguments: args }) + '\n'); });
    await say('qmp_capabilities', {});
    await say('blockdev-add', this.#node('disk', uuid));
    await say('device_add', { driver: 'virtio-blk-pci', drive: 'disk', id: 'vbd0', 'share-rw': true });
    return socket;
  }
  #node(name: string, uuid: string, more: object = {}): object {
    const { format } = sr.locate(uuid);
    return { driver: format, 'node-name': name, 'read-only': false, file: { driver: 'file', filename: pathOf(uuid) }, ...more };
  }
  async call(execute: string, args: object = {}): Promise<unknown> {
    const socket = await this.#socket;
    const answer = await new Promise<{ return?: unknown; error?: { desc: string } }>(ok => { this.#waiting.push(ok); socket.write(JSON.stringify({ execute, arguments: args }) + '\n'); });
    if (answer.error) throw new Error(answer.error.desc);
    return answer.return;
  }
  async write(pattern: number, at = 0): Promise<void> {
    const said = await this.call('human-monitor-command', { 'command-line': `qemu-io ${this.node} "write -P ${pattern} ${at}M 1M"` });
    expect(said).toBe(''); // it only complains here
    await this.call('human-monitor-command', { 'command-line': `qemu-io ${this.node} flush` }); // as a guest that means it
  }
  async switchTo(uuid: string): Promise<void> {
    const node = `${this.node}x`;
    await this.call('blockdev-add', this.#node(node, uuid, { backing: null }));
    await this.call('blockdev-snapshot', { node: this.node, overlay: node });
    this.node = node;
  }
  /** Pulls the image right below into the one that is written. */
  async mergeDown(): Promise<void> {
    const [, , bottom] = await this.open(), name = bottom === undefined ? undefined : basename(bottom);
    const nodes = await this.call('query-named-block-nodes', { flat: true }) as { 'node-name': string; image: { filename: string }; drv: string }[];
    const base = nodes.find(node => name !== undefined && node.drv === 'qcow2' && pathOfImage(node.image.filename) === bottom)?.['node-name'];
    const status = async (): Promise<string | undefined> => (await this.call('query-jobs') as { status: string }[])[0]?.status;
    await this.call('block-stream', { 'job-id': 'merge', device: this.node, 'auto-finalize': false, ...(base === undefined ? {} : { 'base-node': base, 'backing-file': name }) });
    while (await status() !== 'pending') await new Promise(ok => { setImmediate(ok); });
    // QEMU writes the header at once, but the tables of what it copied only with the next flush: killed in between, the data would be lost.
    await this.call('human-monitor-command', { 'command-line': `qemu-io ${this.node} flush` });
    await this.call('job-finalize', { id: 'merge' });
    while (await status() !== undefined) await new Promise(ok => { setImmediate(ok); });
  }
  /** Top first, as Engine.openImages says it. */
  async open(): Promise<string[]> {
    type Image = { filename: string; 'backing-image'?: Image };
    const [disk] = await this.call('query-block') as { inserted: { image: Image } }[];
    const paths: string[] = [];
    for (let image: Image | undefined = disk!.inserted.image; image; image = image['backing-image']) {
      paths.push(pathOfImage(image.filename));
    }
    return paths;
  }
  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exit;
    rmSync(join(location, 'qmp'), { force: true });
  }
}

beforeEach(async () => { location = mkdtempSync(join(tmpdir(), 'sr-snap-')); sr = await dirDriver.attach({ location }); });
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.end();
  for (const path of images().filter(file => file.endsWith('.qcow2')).map(file => join(location, file))) execFileSync('qemu-img', ['check', '-q', path]); // throws on damage
  rmSync(location, { recursive: true, force: true });
});

describe.each(['qcow2', 'raw', 'vpc'] as const)('a snapshot of a %s disk that a machine writes', format => {
  it('shows the moment, and both go on', async () => {
    const disk = await create(format), machine = new Machine(disk.uuid);
    await machine.write(1);
    const prepared = await sr.prepareSnapshot!({ uuid: newUuid(), name: 'then', from: disk.uuid });
    await machine.write(2); // still before the moment
    await expect(prepared.take()).rejects.toMatchObject({ kind: 'in-use' }); // it writes to what the snapshot would stand on
    await machine.switchTo(disk.uuid);
    await machine.write(3);
    const snapshot = await prepared.take();
    await machine.write(4, 1);
    await machine.end();
    holds(snapshot.uuid, 2);
    holds(snapshot.uuid, 0, 1);
    holds(disk.uuid, 3);
    holds(disk.uuid, 4, 1);
    sr = await dirDriver.attach({ location });
    expect((await sr.scan()).map(({ uuid, name }) => [uuid, name]).sort()).toEqual([[disk.uuid, 'disk'], [snapshot.uuid, 'then']].sort());
    await sr.destroy(disk.uuid);
    holds(snapshot.uuid, 2);
    await sr.destroy(snapshot.uuid);
    expect(readdirSync(location)).toEqual([]);
  });
});

describe('a snapshot that is cut short', () => {
  it('is taken back while the machine writes on below, however often it was tried', async () => {
    const disk = await create(), machine = new Machine(disk.uuid), path = pathOf(disk.uuid);
    await machine.write(1);
    const prepared = await sr.prepareSnapshot!({ uuid: newUuid(), name: '', from: disk.uuid });
    await prepared.abandon();
    expect(pathOf(disk.uuid)).toBe(path);
    await sr.prepareSnapshot!({ uuid: newUuid(), name: '', from: disk.uuid });
    // The service is killed here; the next one finds the machine running.
    sr = await dirDriver.attach({ location });
    await machine.write(2);
    expect(await sr.scan()).toHaveLength(1);
    // Nothing may touch it until it is settled.
    await expect(sr.clone({ uuid: newUuid(), name: '', from: disk.uuid })).rejects.toMatchObject({ kind: 'in-use' });
    await expect(sr.destroy(disk.uuid)).rejects.toMatchObject({ kind: 'in-use' });
    await expect(sr.resize(disk.uuid, 32 * MIB)).rejects.toMatchObject({ kind: 'in-use' });
    await expect(sr.prepareSnapshot!({ uuid: newUuid(), name: '', from: disk.uuid })).rejects.toMatchObject({ kind: 'in-use' });
    const [surplus] = await sr.surplus!();
    await expect(sr.coalesce!(surplus!, new AbortController().signal)).rejects.toMatchObject({ kind: 'in-use' });
    await sr.settleSnapshot!(disk.uuid, await machine.open());
    expect(pathOf(disk.uuid)).toBe(path);
    expect(images()).toEqual([basename(path), 'qmp']);
    await machine.end();
    holds(disk.uuid, 2);
  });

  it('is finished when the machine was switched, and harmless when it ended', async () => {
    const disk = await create(), machine = new Machine(disk.uuid);
    await machine.write(1);
    await sr.prepareSnapshot!({ uuid: newUuid(), name: '', from: disk.uuid });
    await machine.switchTo(disk.uuid);
    await machine.write(2);
    sr = await dirDriver.attach({ location });
    await sr.settleSnapshot!(disk.uuid, await machine.open());
    await sr.settleSnapshot!(disk.uuid, []); // as one that cannot ask the machine
    const top = pathOf(disk.uuid);
    expect(top).toMatch(/\.1\.qcow2$/);
    expect((await machine.open())[0]).toBe(top);
    // Cut short again, and then the machine dies.
    await sr.prepareSnapshot!({ uuid: newUuid(), name: '', from: disk.uuid });
    await machine.write(3);
    await machine.end();
    sr = await dirDriver.attach({ location });
    await sr.settleSnapshot!(disk.uuid, []);
    holds(disk.uuid, 3);
    expect(await sr.stat(disk.uuid)).toMatchObject({ readOnly: false, virtualSizeBytes: 16 * MIB });
  });
});

describe('merging', () => {
  it('takes what the machine has merged, at any depth', async () => {
    const disk = await create(), machine = new Machine(disk.uuid), snapshots: StoredVdi[] = [];
    for (const pattern of [1, 2, 3]) {
      await machine.write(pattern, pattern);
      const prepared = await sr.prepareSnapshot!({ uuid: newUuid(), name: String(pattern), from: disk.uuid });
      await machine.switchTo(disk.uuid);
      snapshots.push(await prepared.take());
    }
    await machine.write(9);
    expect(await sr.surplus!()).toEqual([]);
    await sr.destroy(snapshots[2]!.uuid);
    const [top, ...more] = await sr.surplus!();
    expect(more).toEqual([]);
    expect(top).toMatchObject({ child: disk.uuid, childHidden: false });
    await expect(sr.merged!(top!)).rejects.toMatchObject({ kind: 'io' }); // not yet
    await machine.mergeDown();
    await sr.merged!(top!);
    expect(images().filter(file => file.startsWith(disk.uuid))).toHaveLength(3);
    await machine.end();
    sr = await dirDriver.attach({ location });
    for (const pattern of [1, 2, 3]) holds(disk.uuid, pattern, pattern);
    holds(disk.uuid, 9);
    holds(snapshots[1]!.uuid, 2, 2);
    holds(snapshots[1]!.uuid, 0, 3);
  });
});
