import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiError } from '../../../src/shared/api';
import { must } from '../../../src/shared/lib/assert';
import { PLUGIN_ROLES } from '../../../src/host/operations/session/permissions';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';

/* The audit log of a real service: killed, torn, tampered with. */

let host: TestHost, client: TestClient;
beforeAll(async () => { host = await startHost(); client = await host.connect(); });
afterAll(() => host?.dispose());

const file = (): string => path.join(host.data, 'audit', '000000000001.log');
const calls = (): string[] => fs.readFileSync(file(), 'utf8').trimEnd().split('\n').map(text => { try { return (JSON.parse(text) as { call: string }).call; } catch { return '(cut)'; } });

it('a role of its own is a function’s that there is', async () => {
  const ref = must((await client.call('host.get_all'))[0], 'host');
  for (const fn of Object.keys(PLUGIN_ROLES)) {
    const error = await client.call('host.call_plugin', ref, 'administrator-console', fn, {}).then(() => undefined, (refusal: unknown) => refusal);
    if (error instanceof ApiError) expect([fn, ...error.params]).not.toContain('UNKNOWN_FUNCTION');
  }
});

it('has what was done before the service was killed, and says what was cut short', async () => {
  await client.call('pool.set_name_label', must((await client.call('pool.get_all'))[0], 'pool'), 'ours');
  await host.stop('SIGKILL');
  expect(calls().at(-1)).toBe('pool.set_name_label');
  fs.appendFileSync(file(), '{"seq":');
  await host.start();
  client = await host.connect();
  expect(calls().slice(calls().indexOf('pool.set_name_label'))).toEqual(['pool.set_name_label', '(cut)', 'audit.torn', 'service.started', 'session.login_with_password']);
  expect(Object.values(await client.call('message.get_all_records')).filter(({ name }) => name === 'AUDIT_LOG_BROKEN')).toEqual([]);
});

it('is an alert when somebody has changed a line', async () => {
  await host.stop();
  fs.writeFileSync(file(), fs.readFileSync(file(), 'utf8').replace('"ours"', '"mine"'));
  await host.start();
  client = await host.connect();
  for (let token = ''; ;) {
    const batch = await client.call('event.from', ['message'], token, 30);
    const broken = Object.values(await client.call('message.get_all_records')).find(({ name }) => name === 'AUDIT_LOG_BROKEN');
    if (broken) { expect(broken.body).toMatch(/line \d+.*changed/); break; }
    token = batch.token;
  }
});
