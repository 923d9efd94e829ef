import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import https from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, PASSWORD, type HttpReply } from './lab';

/* The page that a browser gets, and what a browser may do by its cookie. */

let lab: Lab, origin: string;
const PAGE = '<!doctype html><title>page</title>', SCRIPT = 'export const answer = 42;'.repeat(100);
beforeAll(async () => {
  lab = await Lab.start();
  origin = lab.url;
});
afterAll(() => lab.stop());

const get = (url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<HttpReply> => lab.request(method, url, undefined, headers);
const login = (password = PASSWORD, headers: Record<string, string> = {}, user = 'root'): Promise<HttpReply> =>
  lab.request('POST', '/web/session', new URLSearchParams({ user, password }).toString(), { 'content-type': 'application/x-www-form-urlencoded', origin, ...headers });
const cookieOf = (reply: HttpReply): string => String(reply.headers['set-cookie']).split(';')[0] ?? '';
const refusedStatus = (opening: Promise<unknown>): Promise<number> => opening.then(() => { throw new Error('was opened'); }, (error: Error) => Number(/Unexpected server response: (\d+)/.exec(error.message)?.[1]));

describe('the page', () => {
  it('says what this host is while none is built', async () => {
    const reply = await get('/');
    expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(reply.text).toContain('Hypervisor host');
    expect((await get('/assets/main-abc.js')).status).toBe(404);
  });
  it('comes with a strict policy, its right type, and is asked for anew each time; its parts, named by their content, are kept', async () => {
    fs.mkdirSync(path.join(lab.folder, 'page/assets'), { recursive: true });
    fs.writeFileSync(path.join(lab.folder, 'page/web.html'), PAGE);
    fs.writeFileSync(path.join(lab.folder, 'page/assets/main-abc.js'), SCRIPT);
    fs.writeFileSync(path.join(lab.folder, 'page/assets/key.pem'), 'secret');
    const page = await get('/?from=a%20link');
    expect(page).toMatchObject({ status: 200, text: PAGE, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' } });
    const policy = String(page.headers['content-security-policy']);
    for (const rule of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]) expect(policy).toContain(rule);
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|\*/);
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
    const script = await get('/assets/main-abc.js');
    expect(script).toMatchObject({ status: 200, text: SCRIPT, headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable' } });
  });
  it('answers HEAD like GET without the body, and packs what can be packed for who takes it', async () => {
    const head = await get('/assets/main-abc.js', {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': String(SCRIPT.length) } });
    const packed = await new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
      https.get(`${lab.url}/assets/main-abc.js`, { rejectUnauthorized: false, agent: false, headers: { 'accept-encoding': 'gzip, br' } }, response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => { resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }); }).on('error', reject);
      }).on('error', reject);
    });
    expect(packed.encoding).toBe('gzip');
    expect(gunzipSync(packed.body).toString()).toBe(SCRIPT);
  });
  it.each(['/assets/../web.html', '/assets/..%2fweb.html', '/assets/%2e%2e/%2e%2e/state.db', '/assets/../../state.db', '/assets/..', '/assets/.hidden.js', '/assets/key.pem', '/assets//etc/passwd', '/assets/a\\..\\web.html', '/assets/', '/web.html', '/state.db', '/nothing'])('gives nothing else: %s', async url => {
    // As it stands: a URL would take the dots out before they are sent.
    const status = await new Promise<number | undefined>((resolve, reject) => {
      https.get({ host: '127.0.0.1', port: lab.server.port, path: url, rejectUnauthorized: false, agent: false }, response => { response.resume(); resolve(response.statusCode); }).on('error', reject);
    });
    expect(status).toBe(404);
  });
  it('leaves other methods to XenAPI', async () => {
    expect((await lab.request('POST', '/', '<methodCall><methodName>system.listMethods</methodName><params/></methodCall>')).text).toContain('VM.get_record');
    expect((await get('/', {}, 'PUT')).status).toBe(405);
  });
});

describe('logging in by the page', () => {
  it('sets a cookie that no script reads and no other site sends, and says who it is', async () => {
    const reply = await login();
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { user: 'root', role: 'local-root' }]);
    expect(String(reply.headers['set-cookie'])).toMatch(/^session_id=OpaqueRef:[-0-9a-f]+; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    expect(reply.text).not.toContain('OpaqueRef');
    expect(JSON.parse((await get('/web/session', { cookie: cookieOf(reply) })).text)).toEqual({ user: 'root', role: 'local-root' });
  });
  it('says no in XenAPI’s words, and the browser need not ask in a window of its own', async () => {
    const reply = await login('wrong');
    expect([reply.status, (JSON.parse(reply.text) as string[])[0], reply.headers['set-cookie'], reply.headers['www-authenticate']]).toEqual([401, 'SESSION_AUTHENTICATION_FAILED', undefined, undefined]);
    const none = await get('/web/session');
    expect([none.status, JSON.parse(none.text), none.headers['www-authenticate']]).toEqual([401, ['SESSION_INVALID', ''], undefined]);
  });
  it('takes a short form and nothing else, from its own page only', async () => {
    const before = lab.store.all('session').size;
    expect((await lab.request('POST', '/web/session', JSON.stringify({ user: 'root', password: PASSWORD }), { 'content-type': 'application/json', origin })).status).toBe(415);
    expect((await login('x'.repeat(10_000))).status).toBe(413);
    expect((await login(PASSWORD, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await login(PASSWORD, { origin: 'null' })).status).toBe(403);
    expect((await login(PASSWORD, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await get('/web/session', {}, 'PATCH')).status).toBe(405);
    expect(lab.store.all('session').size).toBe(before);
  });
  it('ends the session before, and logging out ends this one', async () => {
    const first = cookieOf(await login()), second = cookieOf(await login(PASSWORD, { cookie: first }));
    expect((await get('/web/session', { cookie: first })).status).toBe(401);
    expect((await get('/web/session', { cookie: second, origin: 'https://evil.example' }, 'DELETE')).status).toBe(403);
    expect((await get('/web/session', { cookie: second })).status).toBe(200);
    const out = await get('/web/session', { cookie: second, origin }, 'DELETE');
    expect([out.status, String(out.headers['set-cookie'])]).toEqual([200, 'session_id=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0']);
    expect((await get('/web/session', { cookie: second })).status).toBe(401);
    expect((await get('/web/session', { cookie: second, origin }, 'DELETE')).status).toBe(200);
  });
});

describe('by the cookie', () => {
  let cookie: string, uuid: string;
  beforeAll(async () => { cookie = cookieOf(await login()); uuid = lab.store.get('console', lab.console).uuid; });

  it('calls over a WebSocket with an empty reference are its session’s, and end with it', async () => {
    const own = cookieOf(await login()), { call } = await lab.wire({ cookie: own, origin });
    expect(await call('session.get_auth_user_name', '', own.slice('session_id='.length))).toBe('root');
    await expect(lab.call('pool.get_all', '')).rejects.toThrow('SESSION_INVALID');
    const { call: without } = await lab.wire({ origin });
    await expect(without('pool.get_all', '')).rejects.toThrow('SESSION_INVALID');
    await call('session.logout', '');
    await expect(call('pool.get_all', '')).rejects.toThrow('SESSION_INVALID');
  });
  it('a page of another origin gets no WebSocket, for calls or for a console', async () => {
    for (const from of ['https://evil.example', 'https://127.0.0.1', 'null', origin.replace('https', 'http')]) {
      expect([from, await refusedStatus(lab.socket('/jsonrpc', [], { cookie, origin: from }))]).toEqual([from, 403]);
      expect([from, await refusedStatus(lab.socket(`/console?uuid=${uuid}`, ['binary'], { cookie, origin: from }))]).toEqual([from, 403]);
    }
    await lab.socket(`/console?uuid=${uuid}`, ['binary'], { cookie, origin });
    await lab.socket(`/console?uuid=${uuid}`, ['binary'], { cookie });
  });
  it('nor does it get or change anything else; what it names itself counts, and programs go on as ever', async () => {
    const picture = `/vncsnapshot?uuid=${uuid}`, session = await lab.login();
    expect((await get(picture, { cookie, origin: 'https://evil.example' })).status).toBe(403);
    expect((await get(picture, { cookie, 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await get('/import?session=x', { cookie, origin: 'https://evil.example' }, 'PUT')).status).toBe(403);
    expect((await get(`${picture}&session_id=${session}`, { cookie, origin: 'https://evil.example' })).status).toBe(200);
    expect((await get(picture, { cookie, origin, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await get(picture, { cookie, 'sec-fetch-site': 'none' })).status).toBe(200);
    expect((await get(picture, { cookie })).status).toBe(200);
  });
  it('a page whose session is over hears it without the browser’s own question', async () => {
    const reply = await get(`/vncsnapshot?uuid=${uuid}`, { 'cookie': 'session_id=OpaqueRef:gone', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' });
    expect([reply.status, reply.headers['www-authenticate']]).toEqual([401, undefined]);
  });
});
