import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource, Owner } from '../../../src/host/metrics/contract';
import { Lab, PASSWORD, type HttpReply } from './lab';

/* What was measured, asked for by plain HTTPS as XenCenter, Xen Orchestra and curl do. */

const BEGIN = 1_700_000_040, TICKS = 240;
const source = (name: string): DataSource => ({ name, description: '', units: 'B/s', type: 'gauge', min: 0, max: Infinity, standard: true });
const SOURCES = [source('cpu0'), source('memory')];

let lab: Lab, session: string, vm: Owner, host: Owner, sr: Owner, halted: Owner;
const tick = (i: number): void => {
  const owners = [host, vm, sr, ...(i < 100 ? [halted] : [])];
  lab.metrics.update((BEGIN + 5 * i) * 1000, owners.map((owner, k) => ({ owner, sources: SOURCES, values: Float64Array.of(i / 4, k) })));
};
beforeAll(async () => {
  lab = await Lab.start();
  session = await lab.login();
  const other = lab.store.transaction(tx => tx.create('VM', { name_label: 'halted', power_state: 'Halted' }));
  vm = { kind: 'vm', uuid: lab.store.get('VM', lab.vm).uuid }; host = { kind: 'host', uuid: lab.store.get('host', lab.host).uuid };
  sr = { kind: 'sr', uuid: lab.store.get('SR', lab.sr).uuid }; halted = { kind: 'vm', uuid: lab.store.get('VM', other).uuid };
  for (let i = 0; i <= TICKS; i++) tick(i);
});
afterAll(() => lab.stop());

const get = (url: string, headers: Record<string, string> = { cookie: `session_id=${session}` }): Promise<HttpReply> => lab.request('GET', url, undefined, headers);
interface Updates { meta: { start: string; step: string; end: string; rows: string; columns: string; legend: string[] }; data: { t: string; values: string[] }[] }
const updates = async (query: string): Promise<Updates> => JSON.parse((await get(`/rrd_updates?json=true&${query}`)).text) as Updates;
const legend = (owner: Owner, kind = 'AVERAGE'): string[] => SOURCES.map(({ name }) => `${kind}:${owner.kind}:${owner.uuid}:${name}`);
const END = BEGIN + 5 * TICKS;

describe('/rrd_updates', () => {
  it('answers VMs that run; the host and SRs if asked; newest row first', async () => {
    const plain = await updates(`start=${END - 10}`);
    expect(plain).toEqual({ meta: { start: String(END - 5), step: '5', end: String(END), rows: '3', columns: '2', legend: legend(vm) }, data: [60, 59.75, 59.5].map((v, i) => ({ t: String(END - 5 * i), values: [String(v), '1'] })) });
    expect((await updates(`start=${END - 10}&host=true`)).meta.legend).toEqual([...legend(host), ...legend(vm)]);
    expect((await updates(`start=${END - 10}&host=true&vm_uuid=none&sr_uuid=all`)).meta.legend).toEqual([...legend(host), ...legend(sr)]);
    expect((await updates(`start=${END - 10}&sr_uuid=${sr.uuid}&vm_uuid=${vm.uuid}&vm_uuid=${halted.uuid}`)).meta.legend).toEqual([...legend(vm), ...legend(halted), ...legend(sr)]);
  });

  it('takes the archive that reaches back far enough, and is as coarse as is wanted', async () => {
    expect(await updates('start=-60')).toMatchObject({ meta: { step: '5', rows: '13' } });
    expect(await updates(`start=${END - 599}`)).toMatchObject({ meta: { step: '5', rows: '120' } });
    expect(await updates(`start=${END - 600}`)).toMatchObject({ meta: { step: '60', rows: '11' } });
    expect(await updates(`start=${END - 300}&interval=60`)).toMatchObject({ meta: { step: '60' } });
    expect(await updates(`start=${END - 300}&interval=3600`)).toMatchObject({ meta: { step: '3600' } });
    expect(await updates(`start=${END - 8 * 86400}`)).toMatchObject({ meta: { step: '86400' } });
    expect(await updates('start=0')).toMatchObject({ meta: { step: '86400', rows: '366' } });
    expect(await updates(`start=${END + 1000}`)).toMatchObject({ meta: { rows: '0', columns: '2' }, data: [] });
  });

  it('of a halted VM has what was kept, at its own times', async () => {
    const { data } = await updates(`start=${END - 899}&vm_uuid=${halted.uuid}`);
    expect(data.every(({ t }) => Number(t) <= BEGIN + 5 * 100)).toBe(true);
    const both = await updates(`start=${BEGIN + 5 * 90}&interval=60&vm_uuid=${halted.uuid}&vm_uuid=${vm.uuid}`);
    expect(both.data.map(({ values }) => values[0] === 'NaN')).toEqual([...Array.from({ length: 12 }, () => true), false]);
    expect(both.data.every(({ values }) => values[2] !== 'NaN')).toBe(true);
  });

  it('is XML unless JSON is asked for, by the query or by Accept', async () => {
    const cookie = `session_id=${session}`;
    const xml = await get(`/rrd_updates?start=${END - 5}`, { cookie, accept: '*/*' });
    expect([xml.headers['content-type'], xml.headers['content-length']]).toEqual(['text/xml', String(xml.text.length)]);
    expect(xml.text).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<xport><meta><start>/);
    for (const [url, accept] of [[`/rrd_updates?start=${END - 5}&json`, '*/*'], [`/rrd_updates?start=${END - 5}`, 'application/json;q=0.9'], [`/rrd_updates?json=false&start=${END - 5}`, '']] as const) {
      const reply = await get(url, { cookie, accept });
      expect([reply.headers['content-type'], (JSON.parse(reply.text) as Updates).data.length]).toEqual(['application/json', 2]);
    }
    expect((await get('/rrd_updates?start=-5&vm_uuid=none')).text).toBe('<?xml version="1.0" encoding="UTF-8"?>\n<xport><meta><start>-5</start><step>5</step><end>0</end><rows>0</rows><columns>0</columns><legend/></meta><data/></xport>');
  });

  it('says what is wrong with a question', async () => {
    for (const query of ['', 'start=', 'start=abc', 'start=1e9', 'start=1&cf=MEDIAN']) expect(await get(`/rrd_updates?${query}`)).toMatchObject({ status: 400 });
    expect((await updates('start=-60&cf=MAX')).meta).toMatchObject({ rows: '0', columns: '0' });
    expect((await updates(`start=-60&vm_uuid=${sr.uuid}&vm_uuid=../../x`)).meta.columns).toBe('0');
  });
});

describe('whole documents', () => {
  it.each([['/vm_rrd', () => vm], ['/vm_rrds', () => halted], ['/host_rrd', () => host], ['/host_rrds', () => host], ['/sr_rrd', () => sr], ['/sr_rrds/', () => sr]] as const)('%s', async (url, owner) => {
    const xml = await get(`${url}?uuid=${owner().uuid}`), json = await get(`${url}?uuid=${owner().uuid}&json=1`);
    expect([xml.status, json.status]).toEqual([200, 200]);
    expect(xml.text).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<rrd><version>0003<\/version><step>5<\/step><lastupdate>\d+<\/lastupdate><ds><name>cpu0<\/name><type>GAUGE<\/type>/);
    expect(xml.text.match(/<row>/g)).toHaveLength(120 + 120 + 168 + 366);
    expect((JSON.parse(json.text) as { rra: { database: string[][] }[] }).rra.map(({ database }) => database.length)).toEqual([120, 120, 168, 366]);
  });

  it('of nobody are not found', async () => {
    for (const url of ['/vm_rrd', '/sr_rrd?uuid=']) expect(await get(url)).toMatchObject({ status: 400 });
    for (const url of [`/vm_rrd?uuid=${sr.uuid}`, `/sr_rrd?uuid=${vm.uuid}`, '/vm_rrd?uuid=../../etc/passwd']) expect(await get(url)).toMatchObject({ status: 404 });
  });
});

it('wants to know who asks: cookie, query, or Basic', async () => {
  expect(await get('/host_rrd', {})).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm="XenAPI"' } });
  expect(await get('/rrd_updates?start=0', { cookie: 'session_id=OpaqueRef:nobody' })).toMatchObject({ status: 401 });
  expect(await get(`/host_rrd?session_id=${session}`, {})).toMatchObject({ status: 200 });
  expect(await get('/host_rrd', { authorization: `Basic ${Buffer.from(`root:${PASSWORD}`).toString('base64')}` })).toMatchObject({ status: 200 });
  expect(await get('/host_rrd', { authorization: `Basic ${Buffer.from('root:wrong').toString('base64')}` })).toMatchObject({ status: 401 });
  expect(await lab.request('PUT', '/rrd', 'x', { authorization: 'Basic' })).toMatchObject({ status: 401 });
});

it('an answer that the client has is not sent again', async () => {
  const url = `/rrd_updates?start=${END - 50}&session_id=${session}`, { headers: { etag } } = await get(url, {}), tag = String(etag);
  expect(await get(url, { 'if-none-match': tag })).toMatchObject({ status: 304, text: '' });
  expect(await lab.request('HEAD', url)).toMatchObject({ status: 200, text: '' });
  tick(TICKS + 1);
  expect(await get(url, { 'if-none-match': tag })).toMatchObject({ status: 200 });
});

it('takes over the document of another XenServer', async () => {
  const xml = fs.readFileSync(path.resolve(import.meta.dirname, '../../fixtures/rrd/vm_rrd.xml'), 'utf8'), cookie = `session_id=${session}`;
  expect(await lab.request('PUT', `/rrd?uuid=${halted.uuid}`, xml, { cookie })).toMatchObject({ status: 200 });
  expect((await get(`/vm_rrd?uuid=${halted.uuid}`)).text).toContain('<row><v>0.5</v><v>1073741824</v><v>246.800003051758</v></row>');
  expect(await lab.request('PUT', `/rrd?uuid=${halted.uuid}`, '<rrd/>', { cookie })).toMatchObject({ status: 400 });
  expect(await lab.request('PUT', '/rrd?uuid=x', xml, { cookie })).toMatchObject({ status: 404 });
  expect((await get(`/vm_rrd?uuid=${halted.uuid}`)).text).toContain('246.800003051758');
});

it('a big answer holds nobody up: 1,000 VMs with 12 sources each', async () => {
  const sources = Array.from({ length: 12 }, (_, i) => source(`source_${i}`));
  const owners = lab.store.transaction(tx => Array.from({ length: 1000 }, () => tx.get('VM', tx.create('VM', { power_state: 'Running' })).uuid)).map((uuid): Owner => ({ kind: 'vm', uuid }));
  for (let i = 300; i < 330; i++) lab.metrics.update((BEGIN + 5 * i) * 1000, owners.map((owner, k) => ({ owner, sources, values: Float64Array.from(sources, (_, n) => Math.sin(i * k + n) ** 2) })));
  let answered = 0, isDone = false;
  const others = (async () => { while (!isDone) { await get('/rrd_updates?start=-5&vm_uuid=none&host=true'); answered++; } })();
  const { meta, data } = await updates('start=-599');
  isDone = true;
  await others;
  expect([meta.columns, meta.rows, data[0]?.values.length]).toEqual(['12000', '120', 12_000]);
  expect(data[0]?.values.every(value => value !== 'NaN')).toBe(true);
  expect(answered).toBeGreaterThan(5); // in one go it would have been none, or one
});
