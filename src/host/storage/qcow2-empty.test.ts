import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeEmptyQcow2 } from './qcow2-empty';

const KIB = 1024, MIB = KIB ** 2, GIB = KIB ** 3;
let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'qcow2-')); });
afterEach(() => { rmSync(folder, { recursive: true }); });

const run = (program: string, ...args: string[]): string => execFileSync(program, args, { cwd: folder, encoding: 'utf8' });
/** What QEMU reads of it, but for the file itself. */
const info = (file: string): object => {
  const { filename, 'actual-size': actual, children, 'dirty-flag': _, ...facts } = JSON.parse(run('qemu-img', 'info', '--output=json', file)) as Record<string, unknown>;
  expect([filename, typeof actual, children === undefined || Array.isArray(children)]).toEqual([file, 'number', true]);
  return facts;
};

describe('an empty image', () => {
  it.each([['a small one', 64 * MIB + 512], ['one of exactly one entry', 512 * MIB], ['one whose first table has two clusters', 5 * 1024 * GIB]])('is as qemu-img makes it: %s', async (_what, size) => {
    run('qemu-img', 'create', '-q', '-f', 'qcow2', 'base.qcow2', String(size));
    run('qemu-img', 'create', '-q', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', 'base.qcow2', 'theirs.qcow2', String(size));
    await writeEmptyQcow2(join(folder, 'ours.qcow2'), { backing: { file: 'base.qcow2', format: 'qcow2' }, virtualSizeBytes: size });
    await writeEmptyQcow2(join(folder, 'whole.qcow2'), { virtualSizeBytes: size });
    expect([info('ours.qcow2'), info('whole.qcow2')]).toEqual([info('theirs.qcow2'), info('base.qcow2')]);
    for (const file of ['ours.qcow2', 'whole.qcow2']) expect(run('qemu-img', 'check', file)).toMatch(/No errors were found/);
    expect(run('qemu-img', 'map', '--output=json', 'ours.qcow2')).toBe(run('qemu-img', 'map', '--output=json', 'theirs.qcow2'));
  });
  it('shows its base, keeps what is written to it, and stays sound', async () => {
    run('qemu-img', 'create', '-q', '-f', 'raw', 'base.raw', String(GIB));
    run('qemu-io', '-f', 'raw', '-c', 'write -P 1 0 1M', 'base.raw');
    writeFileSync(join(folder, 'ours.qcow2'), 'a leftover');
    await writeEmptyQcow2(join(folder, 'ours.qcow2'), { backing: { file: 'base.raw', format: 'raw' }, virtualSizeBytes: GIB });
    run('qemu-io', '-f', 'qcow2', '-c', 'write -P 2 512k 512k', '-c', 'write -P 3 900M 1M', 'ours.qcow2');
    expect(run('qemu-io', '-r', '-f', 'qcow2', '-c', 'read -P 1 0 512k', '-c', 'read -P 2 512k 512k', '-c', 'read -P 3 900M 1M', '-c', 'read -P 0 1M 1M', 'ours.qcow2')).not.toMatch(/verification failed/);
    expect(run('qemu-img', 'check', 'ours.qcow2')).toMatch(/No errors were found/);
  });
});
