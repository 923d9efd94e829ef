import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGuestLibrary } from './library';
import { parseTemplates } from './template-file';

let folder: string, warnings: string[];
const log = { warn: (what: string, facts?: object) => { warnings.push(`${what} ${JSON.stringify(facts)}`); } };
const write = (name: string, content: string): void => {
  fs.mkdirSync(path.dirname(path.join(folder, 'guests', name)), { recursive: true });
  fs.writeFileSync(path.join(folder, 'guests', name), content);
};
const TEMPLATE = {
  key: 'tiny', nameLabel: 'Tiny', nameDescription: 'small', memoryBytes: 1024, vcpus: 1,
  boot: { by: 'kernel', kernelPath: 'vmlinuz', initrdPath: 'initrd', args: 'quiet' }, disk: { path: 'disk.qcow2', format: 'qcow2' },
};
const guest = (name: string, template: object = TEMPLATE): void => {
  for (const file of ['vmlinuz', 'initrd', 'disk.qcow2']) write(`${name}/${file}`, file);
  write(`${name}/template.json`, JSON.stringify({ templates: [template] }));
};
const open = () => openGuestLibrary([path.join(folder, 'guests')], path.join(folder, 'boot'), log);

beforeEach(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'library-')); warnings = []; fs.mkdirSync(path.join(folder, 'guests')); });
afterEach(() => { fs.rmSync(folder, { recursive: true, force: true }); });

describe('the guest library', () => {
  it('finds what set-up built, with absolute paths, and names files both ways', async () => {
    guest('tiny');
    write('half-built/vmlinuz', '');
    const library = await open();
    const [template, ...others] = await library.templates();
    expect(others).toEqual([]);
    const kernel = path.join(fs.realpathSync(folder), 'guests/tiny/vmlinuz');
    expect(template).toMatchObject({ key: 'tiny', boot: { kernelPath: kernel } });
    expect(library.nameOf(kernel)).toBe('tiny/vmlinuz');
    expect(library.nameOf('/etc/passwd')).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('boots from a copy that everybody may read, and renews it', async () => {
    guest('tiny');
    const library = await open();
    const copy = await library.resolve('tiny/vmlinuz');
    expect(fs.readFileSync(copy!, 'utf8')).toBe('vmlinuz');
    expect(fs.statSync(copy!).mode & 0o777).toBe(0o444);
    write('tiny/vmlinuz', 'a newer kernel');
    expect(fs.readFileSync((await library.resolve('tiny/vmlinuz'))!, 'utf8')).toBe('a newer kernel');
    expect(fs.readdirSync(path.join(folder, 'boot'))).toEqual(['tiny~vmlinuz']);
  });

  it('names nothing outside of itself', async () => {
    guest('tiny');
    fs.symlinkSync('/etc/hostname', path.join(folder, 'guests/tiny/link'));
    guest('bad', { ...TEMPLATE, disk: { path: '../../../../etc/hostname', format: 'qcow2' } });
    guest('worse', { ...TEMPLATE, disk: { path: 'link', format: 'qcow2' } });
    fs.symlinkSync('/etc/hostname', path.join(folder, 'guests/worse/link'));
    const library = await open();
    for (const name of ['/etc/hostname', '../boot', '../../etc/hostname', 'tiny/link', 'tiny/none', '', '.']) expect(await library.resolve(name), name).toBeUndefined();
    expect((await library.templates()).map(template => template.key)).toEqual(['tiny']);
    expect(warnings).toHaveLength(2);
  });

  it('is empty when there is none', async () => {
    const library = await openGuestLibrary([path.join(folder, 'nowhere'), undefined], path.join(folder, 'boot'), log);
    expect(await library.templates()).toEqual([]);
    expect(await library.resolve('tiny/vmlinuz')).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });
});

describe('template.json', () => {
  it.each([
    ['[]', /not an object/], ['{}', /templates is not a list/], ['{"templates":[1]}', /templates\[0\] is not an object/],
    [JSON.stringify({ templates: [{ ...TEMPLATE, key: '../x' }] }), /key is not a plain name/],
    [JSON.stringify({ templates: [{ ...TEMPLATE, memoryBytes: '1' }] }), /memoryBytes is not a positive whole number/],
    [JSON.stringify({ templates: [{ ...TEMPLATE, boot: { by: 'magic' } }] }), /boot\.by is neither/],
    [JSON.stringify({ templates: [{ ...TEMPLATE, disk: { path: 'a', format: 'raw' } }] }), /disk\.format is not qcow2/],
  ])('%s is refused', (text, why) => { expect(() => parseTemplates(text)).toThrow(why); });
});
