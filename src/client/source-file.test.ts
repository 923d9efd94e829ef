import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArchive, openFile, type SourceFile } from './source-file';

let folder: string;
beforeAll(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'source-')); });
afterAll(() => { fs.rmSync(folder, { recursive: true, force: true }); });

const file = (name: string, content?: Buffer | string): string => { const at = path.join(folder, name); if (content !== undefined) fs.writeFileSync(at, content); return at; };
const all = async (source: SourceFile, fromByte?: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of source.read(fromByte) as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
};
const ovf = (...names: readonly string[]): string => `<Envelope xmlns:ovf="x"><References>${names.map(name => `<ovf:File ovf:href="${name}"/>`).join('')}</References></Envelope>`;

describe('an OVF with its files beside it', () => {
  it('is sent as the OVA that tar would have made of it, from any byte on', async () => {
    const disk = Buffer.alloc(3 * 1024 * 1024 + 77, 0x5a), text = ovf('a b.vmdk', 'empty.iso');
    file('a b.vmdk', disk); file('empty.iso', ''); file('vm.mf', 'SHA1(vm.ovf)= 00\n');
    const source = await openArchive(file('vm.ovf', text)), bytes = await all(source);
    expect(bytes.length).toBe(source.sizeBytes);
    expect(execFileSync('tar', ['tf', '-'], { input: bytes, encoding: 'utf8' }).trim().split('\n')).toEqual(['vm.ovf', 'vm.mf', 'a b.vmdk', 'empty.iso']);
    expect(execFileSync('tar', ['xOf', '-', 'a b.vmdk'], { input: bytes, maxBuffer: 8 * 1024 * 1024 }).equals(disk)).toBe(true);
    for (const from of [1, 511, 512, 1024 * 1024 + 5, bytes.length - 1, bytes.length]) expect((await all(source, from)).equals(bytes.subarray(from)), `from ${from}`).toBe(true);
  });

  it.each([
    ['missing.vmdk', /not beside it/], ['../vm.mf', /no file beside it/], ['/etc/passwd', /no file beside it/], ['http://127.0.0.1/x', /no file beside it/], ['', /no file beside it/],
  ])('names no file elsewhere, and none that is not there: %s', async (name, why) => {
    await expect(openArchive(file('bad.ovf', ovf(name)))).rejects.toMatchObject({ code: 'IMPORT_ERROR', params: [expect.stringMatching(why)] });
  });

  it('is XML without surprises', async () => {
    await expect(openArchive(file('bad.ovf', `<!DOCTYPE x [<!ENTITY a "a">]>${ovf()}`))).rejects.toMatchObject({ code: 'IMPORT_ERROR' });
    await expect(openArchive(file('bad.ovf', 'no XML'))).rejects.toMatchObject({ code: 'IMPORT_ERROR' });
  });

  it('whose disk shrinks meanwhile ends with an error, not with another file', async () => {
    file('shrinks.vmdk', Buffer.alloc(4 * 1024 * 1024));
    const source = await openArchive(file('shrinks.ovf', ovf('shrinks.vmdk')));
    fs.truncateSync(file('shrinks.vmdk'), 1024);
    await expect(all(source)).rejects.toMatchObject({ name: 'FileUnreadable' });
  });
});

it('any other file is sent as it is', async () => {
  const source = await openFile(file('disk.raw', 'abcdef'));
  expect([source.sizeBytes, (await all(source, 2)).toString()]).toEqual([6, 'cdef']);
  expect((await all(await openArchive(file('x.xva', 'xva')))).toString()).toBe('xva');
  await expect(openFile(file('nowhere'))).rejects.toMatchObject({ message: 'ENOENT' });
  await expect(openFile(folder)).rejects.toMatchObject({ message: 'not-a-file' });
});
