import { beforeEach, describe, expect, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { makeBench, type Bench } from '../../../../tests/fixtures/desk';
import { developmentLicence } from '../../../../tests/fixtures/licence';
import type { Ref } from '../../../shared/api';
import { licenceKeys } from './keys';
import { offerLicence } from './licences';
import { settleEdition } from './standing';
import { NOTE_EVERY_MS, watchLicence } from './watch';

const DAY_MS = 24 * 3_600_000, ROOT = path.resolve(import.meta.dirname, '../../../..');
let bench: Bench, host: Ref<'host'>, pool: Ref<'pool'>;
beforeEach(async () => { bench = await makeBench(); host = [...bench.store.all('host').keys()][0]!; pool = [...bench.store.all('pool').keys()][0]!; });

const call = (name: string, ...args: unknown[]): unknown => (bench.handlers as Record<string, (...a: unknown[]) => unknown>)[name]!(bench.context(), ...args);
const record = () => bench.store.get('host', host);
const add = (fields: object = {}, key?: string): void => { call('host.license_add', host, developmentLicence({ ...fields }, key)); };
const refusal = (work: () => unknown): readonly string[] => { try { work(); } catch (error) { const { code, params } = error as { code: string; params: readonly string[] }; return [code, ...params]; } return []; };
const messages = (): string[] => [...bench.store.all('message').values()].map(({ name }) => name);

describe('a licence', () => {
  it('changes the edition at once, and goes again', () => {
    expect(record()).toMatchObject({ edition: 'express', editions: ['express', 'server', 'enterprise'], license_params: { edition: 'express', restrict_connection: 'true', platform_filter: 'false', licence_problem: '' } });
    expect(bench.store.get('pool', pool).restrictions).toMatchObject({ restrict_pooling: 'true', enable_xha: 'false' });
    add({ serial: 'A-1', expires: '2027-01-01T00:00:00Z' });
    expect(record()).toMatchObject({ edition: 'enterprise', license_params: { edition: 'enterprise', sku_marketing_name: 'Enterprise', expiry: '20270101T00:00:00Z', serialnumber: 'A-1', company: 'Tests Ltd', restrict_connection: 'false', licence_key: 'development' } });
    expect(bench.store.get('pool', pool).restrictions).toMatchObject({ restrict_pooling: 'false', enable_xha: 'true' });
    expect(call('pool.get_license_state', pool)).toEqual({ edition: 'enterprise', expiry: '20270101T00:00:00Z' });
    call('host.license_remove', host);
    expect(record()).toMatchObject({ edition: 'express', license_params: { serialnumber: '', licence_problem: '' } });
    expect(call('pool.get_license_state', pool)).toEqual({ edition: 'express', expiry: 'never' });
    expect(messages()).toEqual([]);
  });
  it('comes in base64, too, as xe of XenServer sends it; and from the signing tool', () => {
    call('host.license_add', host, Buffer.from(developmentLicence({ edition: 'server' })).toString('base64'));
    expect(record().edition).toBe('server');
    const signed = execFileSync(process.execPath, ['scripts/licence/sign.mjs', '--development', '--edition', 'enterprise', '--hosts', record().uuid, '--issued', '2026-11-01', '--expires', '2027-11-01', '--company', 'Grüße & Co'], { cwd: ROOT, encoding: 'utf8' });
    call('host.license_add', host, signed);
    expect(record()).toMatchObject({ edition: 'enterprise', license_params: { company: 'Grüße & Co', expiry: '20271101T00:00:00Z' } });
  });
  it('survives a restart', async () => {
    add();
    const again = await makeBench(bench);
    expect([...again.store.all('host').values()][0]).toMatchObject({ edition: 'enterprise' });
  });
  it('is judged anew after a crash between the licence and the record', () => {
    add();
    bench.store.transaction(tx => { tx.set('host', host, { edition: 'express' }); });
    settleEdition(bench.desk);
    expect(record().edition).toBe('enterprise');
  });
  it.each([
    ['another host', { hosts: ['11111111-1111-1111-1111-111111111111'] }, 'wrong-host'],
    ['the future', { issued: '2027-01-01T00:00:00Z' }, 'not-yet'],
    ['no edition', { edition: 'platinum' }, 'malformed'],
    ['no end', { expires: 'soon' }, 'malformed'],
    ['hosts that are none', { hosts: 'mine' }, 'malformed'],
  ])('for %s is refused, and what was there stays', (_what, fields, fault) => {
    add({ edition: 'server' });
    expect(refusal(() => { add(fields); }).slice(0, 2)).toEqual(['LICENSE_CHECKOUT_ERROR', fault]);
    expect(record().edition).toBe('server');
  });
  it('that has expired, was changed, is no licence, or is signed by somebody else is refused', () => {
    expect(refusal(() => { add({ expires: '2026-06-01T00:00:00Z' }); })).toEqual(['LICENSE_EXPIRED']);
    for (const forged of [developmentLicence({ edition: 'server' }).replace('server', 'enterprise'), developmentLicence({}, 'product-2026'), developmentLicence({}, 'nobody')]) {
      expect(refusal(() => call('host.license_add', host, forged)).slice(0, 2)).toEqual(['LICENSE_CHECKOUT_ERROR', 'forged']);
    }
    for (const no of ['', 'x', '{}', '[]', 'null', '{"licence":[]}', '{"licence":{}}', `{"licence":"${'x'.repeat(70_000)}"}`]) expect(refusal(() => call('host.license_add', host, no)).slice(0, 2)).toEqual(['LICENSE_CHECKOUT_ERROR', 'malformed']);
    expect(record().edition).toBe('express');
  });
  it('of development counts only where it is said to', () => {
    add();
    Object.assign(bench.desk, { licenceKeys: licenceKeys(false) });
    settleEdition(bench.desk);
    expect(record()).toMatchObject({ edition: 'express', license_params: { licence_problem: 'forged' } });
    expect(refusal(() => { add(); })[2]).toContain('development key');
    expect(messages()).toEqual(['LICENSE_NOT_AVAILABLE']);
  });
  it('is offered at the start, and refused without an end of the service', () => {
    offerLicence(bench.desk, 'no licence');
    expect(bench.log.join('\n')).toContain('not taken');
    offerLicence(bench.desk, developmentLicence());
    call('host.apply_edition', host, 'server', false);
    offerLicence(bench.desk, developmentLicence());
    expect(record().edition).toBe('server'); // as somebody has chosen
  });
});

describe('an edition', () => {
  it('is chosen up to the licensed one', () => {
    expect(refusal(() => call('host.apply_edition', host, 'enterprise', false)).slice(0, 2)).toEqual(['LICENSE_CHECKOUT_ERROR', 'no-licence']);
    expect(refusal(() => call('host.apply_edition', host, 'platinum', false))).toEqual(['INVALID_EDITION', 'platinum']);
    call('host.apply_edition', host, 'express', false);
    add({ edition: 'server' });
    expect(refusal(() => call('pool.apply_edition', pool, 'enterprise')).slice(0, 2)).toEqual(['LICENSE_CHECKOUT_ERROR', 'no-licence']);
    call('pool.apply_edition', pool, 'express');
    expect(record()).toMatchObject({ edition: 'express', license_params: { licensed_edition: 'server' } });
    call('host.apply_edition', host, 'server', false);
    expect(record().edition).toBe('server');
  });
});

describe('time', () => {
  it('ends a licence while the service runs: told before, then an Express edition, and nothing stops', async () => {
    const vm = await bench.newVm();
    await call('VM.start', vm, false, false);
    add({ expires: '2026-12-01T00:00:00Z' });
    expect(messages().filter(name => name.startsWith('LIC'))).toEqual(['LICENSE_EXPIRES_SOON']);
    const watch = watchLicence(bench.desk, () => 0);
    bench.clock.now = Date.UTC(2026, 11, 1);
    watch.look();
    watch.look();
    watch.dispose();
    expect(record()).toMatchObject({ edition: 'express', license_params: { licence_problem: 'expired', licensed_edition: 'enterprise' } });
    expect(bench.store.get('VM', vm).power_state).toBe('Running');
    expect(messages().filter(name => name === 'LICENSE_EXPIRED')).toHaveLength(1);
    expect(refusal(() => call('host.apply_edition', host, 'enterprise', false))).toEqual(['LICENSE_EXPIRED']);
    await call('VM.hard_shutdown', vm);
    await call('VM.start', vm, false, false);
    add({ serial: 'next', expires: '2028-01-01T00:00:00Z' });
    expect(record().edition).toBe('enterprise');
    expect(messages().filter(name => name.startsWith('LIC'))).toEqual([]);
  });
  it('set back does not make a licence young again; put right, the licence counts again', () => {
    let passed = 0;
    add({ expires: '2026-12-20T00:00:00Z' });
    const watch = watchLicence(bench.desk, () => passed);
    passed += 10 * DAY_MS;
    bench.clock.now += 10 * DAY_MS;
    watch.look();
    bench.clock.now -= 5 * DAY_MS;
    watch.look();
    expect(record()).toMatchObject({ edition: 'express', license_params: { licence_problem: 'clock' } });
    expect(refusal(() => { add({ expires: '2026-12-20T00:00:00Z' }); }).slice(0, 2)).toEqual(['LICENSE_CHECKOUT_ERROR', 'clock']);
    bench.clock.now += 5 * DAY_MS;
    watch.look();
    expect(record().edition).toBe('enterprise');
    bench.clock.now -= 20 * 3_600_000; // a wrong time zone
    watch.look();
    expect(record().edition).toBe('enterprise');
    watch.dispose();
  });
  it('that jumps ahead for a moment is not held against anybody', () => {
    let passed = 0;
    add();
    const watch = watchLicence(bench.desk, () => passed);
    bench.clock.now += 3_000 * DAY_MS;
    passed += NOTE_EVERY_MS;
    watch.look();
    bench.clock.now -= 3_000 * DAY_MS;
    passed += NOTE_EVERY_MS;
    watch.look();
    expect(record().edition).toBe('enterprise');
    watch.dispose();
  });
});

describe('the Server edition', () => {
  it('makes no Linux guest, and leaves those that are there alone', async () => {
    const linux = await bench.newVm({ reference_label: 'debian-12' }), windows = await bench.newVm({ reference_label: 'windows-11' });
    add({ edition: 'server' });
    const restricted = { code: 'LICENCE_RESTRICTION', params: ['linux_guests'] };
    await expect(Promise.resolve().then(() => call('VM.clone', linux, 'second'))).rejects.toMatchObject(restricted);
    await expect(Promise.resolve().then(() => call('VM.copy', linux, 'second', 'OpaqueRef:NULL'))).rejects.toMatchObject(restricted);
    await expect(bench.newVm({ HVM_boot_policy: '', PV_kernel: 'tiny/vmlinuz' })).rejects.toMatchObject(restricted);
    const plugin = (fn: string, args: object) => Promise.resolve().then(() => call('host.call_plugin', host, 'administrator-console', fn, args));
    await expect(plugin('install_set', { vm: bench.store.get('VM', windows).uuid, url: 'http://mirror.invalid/' })).rejects.toMatchObject(restricted);
    await call('VM.clone', windows, 'second');
    await call('VM.snapshot', linux, 'kept', []);
    await call('VM.start', linux, false, false);
    await call('VM.hard_shutdown', linux);
    call('host.license_remove', host);
    await call('VM.clone', linux, 'second');
  });
});

it('shared storage is made by an Enterprise host only; libraries of ISO images by every host', async () => {
  const dir = bench.desk.storageDrivers.get('dir')!;
  Object.assign(bench.desk, { storageDrivers: new Map([['nfs', { ...dir, type: 'nfs', shared: true }], ['iso', { ...dir, type: 'iso', shared: true, contentType: 'iso' }]]) });
  const make = (type: string): Promise<unknown> => Promise.resolve(call('SR.create', host, { location: `/${type}` }, 0, type, '', type, '', true, {}));
  await make('iso');
  await expect(make('nfs')).rejects.toMatchObject({ code: 'LICENCE_RESTRICTION', params: ['shared_storage'] });
  expect(refusal(() => call('SR.introduce', '11111111-1111-1111-1111-111111111111', 'n', '', 'nfs', '', true, {}))).toEqual(['LICENCE_RESTRICTION', 'shared_storage']);
  add();
  await make('nfs');
});
