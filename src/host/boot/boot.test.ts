import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePassword, prepareDataDirectory, readPassword, writeLocalToken } from './data-directory';
import { readHardware } from './hardware';
import { createLog } from './log';
import { readOptions } from './options';

let folder: string;
beforeEach(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'boot-')); });
afterEach(() => { fs.rmSync(folder, { recursive: true, force: true }); });
const mode = (file: string): number => fs.statSync(file).mode & 0o777;

describe('options', () => {
  it('reads the command line', () => {
    expect(readOptions(['--data', '/d', '--listen', '[::1]:0', '--password-file', 'p', '--brand', 'B', '--guests', '/g', '--local-token-file', '/t', '--stop-vms-on-exit', '--licence', '/l', '--accept-development-licences'])).toEqual({
      data: '/d', listen: { address: '::1', port: 0 }, passwordFile: 'p', brand: 'B', guests: '/g', localTokenFile: '/t', stopVmsOnExit: true, licenceFile: '/l', acceptDevelopmentLicences: true,
    });
  });
  it.each([[[], /--data is missing/], [['--data', 'x'], /--listen is missing/], [['--data', 'x', '--listen', 'nowhere'], /ADDRESS:PORT/], [['--data', 'x', '--listen', 'a:70000'], /ADDRESS:PORT/], [['--what'], /--what/], [['extra'], /extra/]])('%j is refused', (args, why) => {
    expect(() => readOptions(args)).toThrow(why);
  });
});

describe('the data directory', () => {
  it('lets a QEMU pass and hides what is secret', () => {
    const data = prepareDataDirectory(path.join(folder, 'new/data'));
    expect(mode(path.join(folder, 'new/data'))).toBe(0o711);
    expect([mode(data.tls), mode(data.cache), mode(data.run), mode(data.boot)]).toEqual([0o700, 0o700, 0o711, 0o711]);
    expect(data.localSr('u')).toBe(path.join(folder, 'new/data/sr/u'));
    fs.writeFileSync(path.join(folder, 'file'), '');
    expect(() => prepareDataDirectory(path.join(folder, 'file'))).toThrow(/cannot be used/);
  });
  it('takes the first line of the password file', () => {
    fs.writeFileSync(path.join(folder, 'p'), 'first\nsecond\n');
    expect(readPassword(path.join(folder, 'p'))).toBe('first');
    fs.writeFileSync(path.join(folder, 'p'), '\n');
    expect(() => readPassword(path.join(folder, 'p'))).toThrow(/is empty/);
    expect(() => readPassword(path.join(folder, 'none'))).toThrow(/cannot be read/);
  });
  it('makes passwords that differ, and a token that goes with the service', () => {
    expect(makePassword()).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    expect(makePassword()).not.toBe(makePassword());
    const file = path.join(folder, 'token');
    const token = writeLocalToken(file);
    expect(mode(file)).toBe(0o600);
    expect(fs.readFileSync(file, 'utf8').trim()).toBe(token.token);
    token.dispose();
    expect(fs.existsSync(file)).toBe(false);
  });
});

describe('log and hardware', () => {
  it('writes one line per event', () => {
    const out = new PassThrough();
    createLog(out, () => 0).warn('a thing', { plain: 'a/b', odd: 'a "b"\nc', n: 1 });
    expect(String(out.read())).toBe('1970-01-01T00:00:00.000Z warn  a thing plain=a/b odd="a \\"b\\"\\nc" n=1\n');
  });
  it('knows the machine', () => {
    const { cpus, memoryTotalBytes, memoryAvailableBytes } = readHardware();
    expect(cpus.count).toBeGreaterThan(0);
    expect(memoryAvailableBytes).toBeLessThanOrEqual(memoryTotalBytes);
  });
});
