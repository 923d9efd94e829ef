import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findFirmware, firmwareFor } from './firmware';

let own: string, theirs: string, top: string;
beforeEach(() => { top = mkdtempSync(join(tmpdir(), 'firmware-')); [own, theirs] = [join(top, 'etc'), join(top, 'usr')]; mkdirSync(own); mkdirSync(theirs); });
afterEach(() => { rmSync(top, { recursive: true }); });

const descriptor = (code: string, features: readonly string[], machines = ['pc-i440fx-*', 'pc-q35-*']): string => JSON.stringify({
  'interface-types': ['uefi'], mapping: { device: 'flash', executable: { filename: code, format: 'raw' }, 'nvram-template': { filename: `${code}.vars`, format: 'raw' } }, targets: [{ architecture: 'x86_64', machines }], features,
});
const secure = ['secure-boot', 'requires-smm'];

it('takes secure firmware only with keys, and plain firmware only without', async () => {
  writeFileSync(join(theirs, '40-a.json'), descriptor('/enrolled', [...secure, 'enrolled-keys'], ['pc-q35-*']));
  writeFileSync(join(theirs, '50-b.json'), descriptor('/empty', secure, ['pc-q35-*']));
  writeFileSync(join(theirs, '60-c.json'), descriptor('/plain', []));
  const found = await findFirmware([own, theirs]);
  expect([found.secureBoot?.code.path, found.uefi?.code.path, found.uefi?.variables.path]).toEqual(['/enrolled', '/plain', '/plain.vars']);
  expect(firmwareFor({ boot: { by: 'firmware', firmware: 'uefi', order: '', secureBoot: true } }, found)?.code.path).toBe('/enrolled');
  expect(firmwareFor({ boot: { by: 'firmware', firmware: 'bios', order: '' } }, found)).toBeUndefined();
});
it('lets the administrator\'s own hide those of the same name', async () => {
  writeFileSync(join(theirs, '60-c.json'), descriptor('/plain', []));
  writeFileSync(join(own, '60-c.json'), '');
  expect(await findFirmware([own, theirs])).toEqual({});
});
it('finds nothing in rubbish', async () => {
  writeFileSync(join(theirs, 'x.json'), '{"interface-types": 1}');
  writeFileSync(join(theirs, 'arm.json'), descriptor('/arm', []).replace('x86_64', 'aarch64'));
  expect(await findFirmware([own, theirs, join(top, 'absent')])).toEqual({});
});
it('stands under a kernel that is started directly, too, where the machine has UEFI', async () => {
  writeFileSync(join(theirs, '60-c.json'), descriptor('/plain', []));
  const found = await findFirmware([own, theirs]), kernel = { by: 'kernel', kernelPath: '/k', args: '' } as const;
  expect(firmwareFor({ boot: { ...kernel, firmware: 'uefi' } }, found)?.code.path).toBe('/plain');
  expect(firmwareFor({ boot: kernel }, found)).toBeUndefined();
});
