import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DiskImage } from '../engine/contract';
import { outputOf } from '../platform/run-program';
import { copyImage } from './copy';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'copy-')); });
afterEach(() => { rmSync(folder, { recursive: true }); });
const signal = new AbortController().signal;
const make = (name: string, format: DiskImage['format'], size = '64M'): DiskImage => {
  const path = join(folder, name);
  execFileSync('qemu-img', ['create', '-q', '-f', format, ...(format === 'vpc' ? ['-o', 'force_size=on'] : []), path, size]);
  return { format, source: { by: 'file', path } };
};
const io = ({ format, source }: DiskImage, command: string): string => execFileSync('qemu-io', ['-f', format, '-c', command, source.by === 'file' ? source.path : ''], { encoding: 'utf8' });

it('copies what an image shows into another of any format, over what was there', async () => {
  const from = make('from.qcow2', 'qcow2');
  io(from, 'write -P 7 8M 1M');
  for (const format of ['raw', 'qcow2', 'vpc'] as const) {
    const to = make(`to.${format}`, format), seen: number[] = [];
    io(to, 'write -P 1 0 1M');
    await copyImage(from, to, { signal, progress: fraction => seen.push(fraction) });
    io(to, 'read -P 7 8M 1M');
    io(to, 'read -P 0 0 1M');
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  }
});

it('makes no target, and says what is wrong', async () => {
  const from = make('from.qcow2', 'qcow2'), path = join(folder, 'none.raw');
  await expect(copyImage(from, { format: 'raw', source: { by: 'file', path } }, { signal })).rejects.toMatchObject({ kind: 'not-found' });
  expect(existsSync(path)).toBe(false);
  await expect(copyImage(from, make('small.raw', 'raw', '1M'), { signal })).rejects.toMatchObject({ kind: 'io' });
  await expect(copyImage(from, { format: 'raw', source: { by: 'iscsi', portal: '127.0.0.1:1', target: 'iqn.x', lun: 0, initiator: 'iqn.y', user: 'u', password: 'p' } }, { signal })).rejects.toMatchObject({ kind: 'io' });
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  await expect(copyImage(from, make('to.raw', 'raw'), { signal: stop.signal })).rejects.toThrow('enough');
});

it('hands secrets over by a file that has no name', async () => {
  expect(await outputOf('cat', ['/dev/fd/3', '/dev/fd/4'], { hidden: ['one', 'two'] })).toBe('onetwo');
  // qemu-img takes such a secret: an image that only its right passphrase opens.
  const image = join(folder, 'luks');
  writeFileSync(join(folder, 'key'), 'right');
  execFileSync('qemu-img', ['create', '-q', '-f', 'luks', '--object', `secret,id=s,file=${join(folder, 'key')}`, '-o', 'key-secret=s,iter-time=10', image, '1M']);
  const open = (secret: string): Promise<string> => outputOf('qemu-img', ['convert', '--object', 'secret,id=s,file=/dev/fd/3', '-O', 'raw', `json:{"driver":"luks","key-secret":"s","file":{"driver":"file","filename":"${image}"}}`, join(folder, 'plain')], { hidden: [secret] });
  await open('right');
  expect(readFileSync(join(folder, 'plain')).length).toBe(2 ** 20);
  await expect(open('wrong')).rejects.toThrow(/Invalid password/);
}, 60_000); // a key of LUKS is made slow on purpose
