import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EngineError } from '../contract';
import { readFacts, xenLack } from './facts';

const files = (all: Readonly<Record<string, string>>) => (file: string): string => all[file] ?? '';
const DOM0 = { '/sys/hypervisor/type': 'xen', '/proc/xen/capabilities': 'control_d' };

it('is chosen only where this is a dom0 and its tools answer', async () => {
  expect(await xenLack(() => Promise.resolve(''), files(DOM0))).toBeUndefined();
  expect(await xenLack(() => Promise.reject(new Error('never asked')), files({}))).toContain('does not run on Xen');
  expect(await xenLack(() => Promise.reject(new Error('never asked')), files({ ...DOM0, '/proc/xen/capabilities': '' }))).toContain('no control domain');
  expect(await xenLack(() => Promise.reject(new EngineError('missing-program', 'xl is not installed')), files(DOM0))).toContain('xl is not installed');
});

it('says what Xen is here, and what it lacks', async () => {
  const info = readFileSync(new URL('recorded/info.txt', import.meta.url), 'utf8');
  const facts = await readFacts(() => Promise.resolve(info));
  expect(facts).toMatchObject({ name: 'xen', version: '4.17.5', accelerator: 'xen' });
  expect(facts.lacks?.hvm).toBeUndefined();
  expect((await readFacts(() => Promise.resolve(info.replace('pv hvm hap', 'pv')))).lacks?.hvm).toContain('VT-x');
});
