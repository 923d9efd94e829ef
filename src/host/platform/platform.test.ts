import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { delay } from './clock';
import { diskSpace, isLocked } from './disk-space';
import { emptyFile, readTail, writeFileAtomic } from './durable-files';
import { listenForChild } from './handed-over-socket';
import { isUuid, newUuid, uuidOf } from './ids';
import { factsOf, isAlive, signalProcess, spawnDetached, watchProcess } from './processes';
import { outputOf, runProgram } from './run-program';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'platform-')); });
afterEach(() => { rmSync(directory, { recursive: true }); });
const node = (script: string): [string, string[]] => [process.execPath, ['-e', script]];

describe('running a program', () => {
  it('gives its outcome', async () => {
    expect(await runProgram(...node('console.log("out"); console.error("err"); process.exit(3)'))).toEqual({ code: 3, killedBy: null, stdout: 'out\n', stderr: 'err\n' });
    await expect(outputOf(...node('console.error("no such disk"); process.exit(1)'))).rejects.toMatchObject({ kind: 'failed', message: expect.stringMatching(/no such disk/) as string });
  });
  it('knows limits', async () => {
    await expect(runProgram(...node('setInterval(() => {}, 1000)'), { timeoutMs: 50 })).rejects.toMatchObject({ kind: 'timeout' });
    await expect(runProgram(...node('for (;;) console.log("x".repeat(9999))'), { outputMaxBytes: 100_000 })).rejects.toMatchObject({ kind: 'too-much-output' });
    await expect(runProgram('/no/such/program', [])).rejects.toMatchObject({ kind: 'missing' });
    await expect(runProgram(...node(''), { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
    const stop = new AbortController();
    const running = runProgram(...node('setInterval(() => {}, 1000)'), { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(delay(100_000, stop.signal)).rejects.toThrow('enough');
  });
});

describe('processes', () => {
  it('starts one in a session of its own, and sees its end', async () => {
    const [program, args] = node('setInterval(() => {}, 1000)');
    const { id, exited } = await spawnDetached(program, args, { cwd: directory, fds: ['ignore', 'ignore', 'ignore'], env: { ONLY: 'this' } });
    expect(isAlive(id)).toBe(true);
    expect(factsOf(id.pid)?.args).toContain('-e');
    expect(readFileSync(`/proc/${id.pid}/environ`, 'utf8')).toBe('ONLY=this\0');
    expect(readFileSync(`/proc/${id.pid}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ')[3]).toBe(String(id.pid)); // its session
    const watch = watchProcess(id);
    expect(signalProcess({ ...id, startTicks: '1' }, 'SIGKILL')).toBe(false); // the same pid of another time
    expect(isAlive(id)).toBe(true);
    expect(signalProcess(id, 'SIGKILL')).toBe(true);
    expect(await exited).toEqual({ code: null, signal: 'SIGKILL' });
    watch.nudge();
    await watch.exited;
    expect(signalProcess(id, 'SIGKILL')).toBe(false);
    await expect(spawnDetached('/no/such/program', [], { cwd: directory, fds: ['ignore', 'ignore', 'ignore'], env: {} })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('hands over a socket that answers before the child does', async () => {
    const path = join(directory, 'socket'), socket = await listenForChild(path);
    const [program, args] = node('require("net").createServer(s => s.end("hello from " + process.pid)).listen({ fd: 3 })');
    const child = await spawnDetached(program, args, { cwd: directory, fds: ['ignore', 'ignore', 'ignore', socket.fd], env: {} });
    try {
      socket.dispose();
      const client = net.connect(path); // long before the child listens to it
      expect(String((await once(client, 'data'))[0])).toBe(`hello from ${child.id.pid}`);
      client.destroy();
      expect(existsSync(path)).toBe(true);
    } finally { signalProcess(child.id, 'SIGKILL'); await child.exited; }
  });
});

describe('files', () => {
  it('are replaced wholly', async () => {
    const path = join(directory, 'file');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two', { durable: false });
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(writeFileAtomic(join(directory, 'none/file'), 'x')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(directory)).toEqual(['file']);
  });
  it('are not reached through a link that somebody laid', async () => {
    const treasure = join(directory, 'treasure'), path = join(directory, 'file');
    writeFileSync(treasure, 'gold');
    symlinkSync(treasure, `${path}.unfinished`);
    await writeFileAtomic(path, 'new');
    symlinkSync(treasure, join(directory, 'log'));
    await expect(emptyFile(join(directory, 'log'))).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(readTail(join(directory, 'log'), 10)).rejects.toMatchObject({ code: 'ELOOP' });
    expect(readFileSync(treasure, 'utf8')).toBe('gold');
  });
  it('are read from their end', async () => {
    writeFileSync(join(directory, 'file'), '0123456789');
    expect(String(await readTail(join(directory, 'file'), 4))).toBe('6789');
    expect(String(await readTail(join(directory, 'file'), 40))).toBe('0123456789');
    expect(await readTail(join(directory, 'none'), 4)).toHaveLength(0);
  });
  it('are on a disk with so much room', async () => {
    const { totalBytes, usedBytes, freeBytes } = await diskSpace(directory);
    expect(totalBytes).toBeGreaterThanOrEqual(usedBytes + freeBytes);
    await expect(diskSpace(join(directory, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
  it('are known to be locked', async () => {
    const path = join(directory, 'image');
    writeFileSync(path, Buffer.alloc(4096));
    expect(await isLocked(path)).toBe(false);
    const holder = spawn('qemu-io', ['-f', 'raw', path], { stdio: ['pipe', 'pipe', 'ignore'] });
    try {
      holder.stdin.write('length\n');
      await once(holder.stdout, 'data');
      expect(await isLocked(path)).toBe(true);
    } finally { holder.stdin.end('quit\n'); await once(holder, 'exit'); }
    expect(await isLocked(path)).toBe(false);
  });
});

describe('ids', () => {
  it('are uuids, and the same for the same words', () => {
    expect(isUuid(newUuid())).toBe(true);
    expect(isUuid('../etc/passwd')).toBe(false);
    expect(isUuid(uuidOf('a', 'b'))).toBe(true);
    expect(uuidOf('a', 'b')).toBe(uuidOf('a', 'b'));
    expect(uuidOf('ab')).not.toBe(uuidOf('a', 'b'));
  });
});
