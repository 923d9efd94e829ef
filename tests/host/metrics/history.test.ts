import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHost, type TestHost } from '../../fixtures/host';

/* What a real host keeps of itself and of a VM, over a kill of the service and the end of the VM. */

let host: TestHost, session: string;
beforeAll(async () => { host = await startHost(); session = await host.login(); });
afterAll(() => host?.dispose());

const get = (url: string): Promise<{ status: number | undefined; text: string }> => new Promise((resolve, reject) => {
  https.get({ host: '127.0.0.1', port: host.port, path: url, agent: false, rejectUnauthorized: false, headers: { cookie: `session_id=${session}` } }, response => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => { resolve({ status: response.statusCode, text }); }).on('error', reject);
  }).on('error', reject);
});
interface Updates { meta: { legend: string[]; end: string }; data: { t: string; values: string[] }[] }
const updates = async (query: string): Promise<Updates> => JSON.parse((await get(`/rrd_updates?json&${query}`)).text) as Updates;
/** Asks until it is so: values come every 5 s. */
const until = async (query: string, isSo: (answer: Updates) => boolean): Promise<Updates> => {
  for (;;) {
    const answer = await updates(query);
    if (isSo(answer)) return answer;
    await new Promise(resolve => { setTimeout(resolve, 200); });
  }
};
const known = ({ data }: Updates, column: number): number => data.filter(({ values }) => values[column] !== undefined && values[column] !== 'NaN').length;
const files = (): string[] => fs.readdirSync(path.join(host.data, 'metrics')).sort();

it('measures, keeps, answers; over a kill; of a VM as long as its record is there', async () => {
  const client = await host.connect();
  const vm = await client.newVm('measured'), { uuid } = await client.call('VM.get_record', vm);
  await client.task('VM.start', vm, false, false);
  const { meta: { legend } } = await until('start=-60&host=true', answer => answer.meta.legend.some(entry => entry.startsWith(`AVERAGE:vm:${uuid}:`)) && known(answer, 0) > 0);
  expect(legend.filter(entry => entry.startsWith('AVERAGE:host:')).length).toBeGreaterThan(5);
  const cpu = legend.find(entry => entry.endsWith(':cpu0') && entry.startsWith('AVERAGE:vm:'));
  expect(cpu).toBeDefined();
  await until(`start=-60&vm_uuid=${uuid}`, answer => known(answer, answer.meta.legend.indexOf(cpu ?? '')) >= 2);

  const sources = await client.call('VM.get_data_sources', vm) as readonly { name_label: string; enabled: boolean; min: number; max: number; units: string }[];
  expect(sources.find(({ name_label }) => name_label === 'memory')).toMatchObject({ enabled: true, min: 0, max: Number.MAX_VALUE, units: 'B' });
  expect(await client.call('VM.query_data_source', vm, 'memory')).toBeGreaterThan(1024 ** 2);
  await expect(client.call('VM.query_data_source', vm, 'nonsense')).rejects.toMatchObject({ code: 'INVALID_VALUE', params: ['data_source', 'nonsense'] });
  await expect(client.call('VM.record_data_source', vm, 'nonsense')).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  await client.call('VM.forget_data_source_archives', vm, 'cpu0');
  expect((await updates(`start=-60&vm_uuid=${uuid}`)).meta.legend).not.toContain(cpu);
  await client.call('VM.record_data_source', vm, 'cpu0');

  const before = await updates(`start=-60&vm_uuid=${uuid}`), memory = before.meta.legend.findIndex(entry => entry.endsWith(':memory'));
  await host.stop('SIGKILL');
  fs.writeFileSync(path.join(host.data, 'metrics/vm-00000000-0000-0000-0000-000000000000.rrd'), 'of a VM that was destroyed when the service was killed');
  await host.start();
  session = await host.login();
  expect(files()).not.toContain('vm-00000000-0000-0000-0000-000000000000.rrd');
  const newest = before.data.find(({ values }) => values[memory] !== 'NaN');
  const after = await until(`start=${Number(before.meta.end) - 60}&vm_uuid=${uuid}`, answer => Number(answer.meta.end) > Number(before.meta.end));
  expect(after.data.find(({ t }) => t === newest?.t)?.values[memory]).toBe(newest?.values[memory]);

  const again = await host.connect();
  await again.task('VM.hard_shutdown', vm);
  await until('start=-60', answer => !answer.meta.legend.some(entry => entry.includes(uuid)) || known(answer, answer.meta.legend.findIndex(entry => entry === `AVERAGE:vm:${uuid}:memory`)) > 0);
  expect((await get(`/vm_rrd?uuid=${uuid}`)).text).toMatch(/<name>memory<\/name>/);
  expect(files()).toContain(`vm-${uuid}.rrd`);
  await again.call('VM.destroy', vm);
  await again.until('VM', vm, record => record === undefined);
  expect((await get(`/vm_rrd?uuid=${uuid}`)).status).toBe(404);
  expect(files()).not.toContain(`vm-${uuid}.rrd`);
});
