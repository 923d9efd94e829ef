import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCourier } from '../../../src/host/notify';
import { signatureOf } from '../../../src/host/notify/webhook';
import { startNotifying } from '../../../src/host/operations/notify/notify';
import { makeBench, type Bench } from '../../fixtures/desk';
import { smtpPeer, type SmtpPeer } from '../../peers/smtp-peer';

/* A message of the host on its way to people: over a real SMTP server and a real HTTPS server on loopback, both with certificates that nobody vouches for. */

let tls: { cert: string; key: string }, bench: Bench, notifying: { dispose(): void }, mail: SmtpPeer | undefined;
let server: https.Server, hooks: { headers: Readonly<Record<string, unknown>>; body: string }[], answers: number[];
beforeAll(async () => {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' });
  tls = { cert: pems.cert, key: pems.private };
  server = https.createServer(tls, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => { chunks.push(chunk); }).on('end', () => {
      hooks.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(answers.shift() ?? 204, { location: 'https://127.0.0.1:1/' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
beforeEach(async () => {
  hooks = []; answers = [];
  bench = await makeBench();
  Object.assign(bench.desk, { courier: createCourier() });
  notifying = startNotifying(bench.desk, 5);
});
afterEach(async () => { notifying.dispose(); await mail?.close(); mail = undefined; });
afterAll(() => { server.closeAllConnections(); server.close(); });

const call = (name: string, ...args: unknown[]): Promise<unknown> => Promise.resolve().then(() => (bench.handlers as Record<string, (...a: unknown[]) => unknown>)[name]!(bench.context(), ...args));
const configure = (other_config: Record<string, string>): void => { bench.store.transaction(tx => { for (const pool of tx.all('pool').keys()) tx.set('pool', pool, { name_label: 'farm', other_config }); }); };
const secret = async (value: string): Promise<string> => bench.store.get('secret', await call('secret.create', { value, other_config: {} }) as never).uuid;
const say = async (name: string, priority = 1, body = 'it did'): Promise<void> => { await call('message.create', name, priority, 'SR', bench.store.get('SR', bench.sr).uuid, body); };
const hookUrl = (): string => `https://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
const fingerprint = (): string => createHash('sha256').update(new X509Certificate(tls.cert).raw).digest('hex');
const arrives = (): Promise<void> => vi.waitFor(() => { expect(mail?.letters).toHaveLength(1); }, { timeout: 20_000 });

describe('e-mail', () => {
  it('is sent for messages that matter, encrypted where the server can', async () => {
    mail = await smtpPeer({ tls });
    configure({ 'mail-destination': 'admin@example.test, second@example.test', 'ssmtp-mailhub': `127.0.0.1:${mail.port}`, 'mail-sender': 'host@example.test' });
    await say('CHATTER', 5);
    await say('ALARM', 3, 'value: 0.953000\nconfig:\n<variable>\n\t<name value="physical_utilisation"/>\n\t<alarm_trigger_level value="0.9"/>\n</variable>\n');
    await arrives();
    expect(mail.letters[0]).toMatchObject({ from: 'host@example.test', to: ['admin@example.test', 'second@example.test'], encrypted: true });
    expect(mail.letters[0]?.subject).toBe('[farm] Test: physical_utilisation on storage repository "Local storage" is 95.3 %');
    expect(mail.letters[0]?.text).toContain('set to go off beyond 90.0 %');
    expect(mail.letters[0]?.text).not.toContain('CHATTER');
  });
  it('is tried again while the server is busy; what came meanwhile is one letter with it', async () => {
    mail = await smtpPeer();
    mail.trouble.push('busy', 'busy');
    configure({ 'mail-destination': 'admin@example.test', 'ssmtp-mailhub': `127.0.0.1:${mail.port}` });
    await say('FIRST'); await say('SECOND');
    await arrives();
    expect([mail.tried(), mail.letters[0]?.encrypted]).toEqual([3, false]);
    expect(mail.letters[0]?.subject).toMatch(/first on storage repository "Local storage" \(and 1 more\)$/);
    expect(mail.letters[0]?.text).toMatch(/FIRST[^]*----[^]*SECOND/);
  });
  it('is given up when the server never takes it', async () => {
    mail = await smtpPeer();
    mail.trouble.push('never');
    configure({ 'mail-destination': 'admin@example.test', 'ssmtp-mailhub': `127.0.0.1:${mail.port}` });
    await say('FIRST');
    await vi.waitFor(() => { expect(bench.log.join('\n')).toContain('e-mail: not delivered'); });
    await say('SECOND');
    await arrives();
    expect(mail.letters[0]?.text).not.toContain('FIRST');
  });
  it('says its password only to a server that it can trust, and never in a log', async () => {
    mail = await smtpPeer({ tls, user: 'host', password: 'sesame-7' });
    configure({ 'mail-destination': 'admin@example.test', 'ssmtp-mailhub': `127.0.0.1:${mail.port}`, 'mail-user': 'host', 'mail-password-secret': await secret('sesame-7') });
    await say('FIRST');
    await vi.waitFor(() => { expect(bench.log.join('\n')).toMatch(/tried again later.*certificate/); }, { timeout: 20_000 });
    expect([mail.letters, bench.log.join('\n').includes('sesame-7')]).toEqual([[], false]);
    expect(JSON.stringify([...bench.store.all('pool'), ...bench.store.all('secret'), ...bench.store.all('message')])).not.toContain('sesame-7');
  });
  it('that a server does not answer holds up nobody, and ends with the service', async () => {
    mail = await smtpPeer();
    mail.trouble.push('hang');
    configure({ 'mail-destination': 'admin@example.test', 'ssmtp-mailhub': `127.0.0.1:${mail.port}` });
    await say('FIRST');
    const peer = mail;
    await vi.waitFor(() => { expect(peer.tried()).toBe(1); });
    await say('SECOND');
    expect(bench.store.all('message').size).toBe(2);
  });
});

describe('a trial', () => {
  const trial = (way: string): Promise<unknown> => call('host.call_plugin', [...bench.store.all('host').keys()][0], 'administrator-console', 'notify_test', { way });
  it('arrives at once, both ways, and leaves no message', async () => {
    mail = await smtpPeer({ tls });
    configure({ 'mail-destination': 'admin@example.test', 'ssmtp-mailhub': `127.0.0.1:${mail.port}`, 'mail-min-priority': '1', 'webhook-url': hookUrl(), 'webhook-fingerprint': fingerprint() });
    expect(await trial('mail')).toBe(`127.0.0.1:${mail.port}`);
    expect(mail.letters).toMatchObject([{ to: ['admin@example.test'], subject: expect.stringContaining('test notification on pool "farm"') as string, text: expect.stringContaining('root wanted to know') as string }]);
    expect(await trial('webhook')).toBe(new URL(hookUrl()).host);
    expect(JSON.parse(hooks[0]?.body ?? '')).toMatchObject({ name: 'TEST_NOTIFICATION', cls: 'Pool' });
    expect(bench.store.all('message').size).toBe(0);
  });
  it('says why it does not arrive, once', async () => {
    mail = await smtpPeer();
    mail.trouble.push('busy');
    configure({ 'mail-destination': 'admin@example.test', 'ssmtp-mailhub': `127.0.0.1:${mail.port}` });
    await expect(trial('mail')).rejects.toMatchObject({ code: 'XENAPI_PLUGIN_FAILURE', params: ['NOT_DELIVERED', '', expect.stringContaining('come back later')] });
    expect(mail.tried()).toBe(1);
    await expect(trial('webhook')).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    await expect(trial('pigeon')).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  });
});

describe('the webhook', () => {
  it('gets JSON, signed, from who knows its certificate', async () => {
    configure({ 'webhook-url': hookUrl(), 'webhook-fingerprint': fingerprint(), 'webhook-secret': await secret('shared') });
    answers.push(503);
    await say('VM_CRASHED', 2);
    await vi.waitFor(() => { expect(hooks).toHaveLength(2); }, { timeout: 20_000 });
    const { headers, body } = hooks[1]!;
    expect(headers['x-administrator-console-signature']).toBe(signatureOf('shared', String(headers['x-administrator-console-timestamp']), body));
    expect(JSON.parse(body)).toMatchObject({ event: 'message', name: 'VM_CRASHED', priority: 2, cls: 'SR', obj_uuid: bench.store.get('SR', bench.sr).uuid, obj_name: 'Local storage', body: 'it did', timestamp: expect.stringMatching(/^20\d\d-.*Z$/) as string });
    expect(hooks[0]?.body).toBe(body);
  });
  it('hears nothing when it shows another certificate than it should, or one that nobody vouches for', async () => {
    configure({ 'webhook-url': hookUrl(), 'webhook-fingerprint': '00'.repeat(32) });
    await say('FIRST');
    await vi.waitFor(() => { expect(bench.log.join('\n')).toContain('another certificate'); }, { timeout: 20_000 });
    configure({ 'webhook-url': hookUrl() });
    await vi.waitFor(() => { expect(bench.log.join('\n')).toMatch(/self-signed certificate/); }, { timeout: 20_000 });
    expect(hooks).toEqual([]);
  });
  it('is not followed to another address', async () => {
    configure({ 'webhook-url': hookUrl(), 'webhook-fingerprint': fingerprint() });
    answers.push(302);
    await say('FIRST');
    await vi.waitFor(() => { expect(bench.log.join('\n')).toContain('webhook: not delivered'); }, { timeout: 20_000 });
    await say('SECOND');
    await vi.waitFor(() => { expect(hooks).toHaveLength(2); }, { timeout: 20_000 });
  });
});
