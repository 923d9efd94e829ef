import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { text as readText } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError, type Ref } from '../../../src/shared/api';
import { Lab, PASSWORD } from './lab';

let lab: Lab, session: string;
beforeAll(async () => { lab = await Lab.start(); session = await lab.login(); });
afterAll(() => lab.stop());

const failure = async (promise: Promise<unknown>): Promise<string[]> => {
  try { await promise; } catch (error) { if (error instanceof ApiError) return [error.code, ...error.params]; throw error; }
  throw new Error('succeeded');
};
const json = async (body: object): Promise<{ status: number; body: unknown; headers: Record<string, unknown> }> => {
  const { status, text, headers } = await lab.request('POST', '/jsonrpc', JSON.stringify(body));
  return { status, headers, body: JSON.parse(text) as unknown };
};
const xml = async (method: string, ...params: string[]): Promise<string> =>
  (await lab.request('POST', '/RPC2', `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${params.map(p => `<param><value>${p}</value></param>`).join('')}</params></methodCall>`)).text;

describe('JSON-RPC', () => {
  it('sends a long answer in pieces, with nothing between them and no character cut in two', async () => {
    const long = `x${'😀'.repeat(700_000)}`, { call } = await lab.wire(); // an odd place for every cut
    lab.store.transaction(tx => { tx.set('VM', lab.vm as Ref<'VM'>, { other_config: { long } }); });
    const answers = Promise.all([call('VM.get_other_config', session, lab.vm), call('system.isAlive'), call('VM.get_other_config', session, lab.vm), call('VM.get_name_label', session, lab.vm)]);
    expect((await answers).map(answer => (typeof answer === 'object' ? (answer as { long: string }).long === long : answer))).toEqual([true, '', true, 'vm one']);
    lab.store.transaction(tx => { tx.set('VM', lab.vm as Ref<'VM'>, { other_config: {} }); });
  });
  describe('long answers', () => {
    const VMS = 1_000, label = (i: number): string => `${'😀'.repeat(2_000)} ${i}`;
    let vms: Ref<'VM'>[];
    beforeAll(() => { vms = lab.store.transaction(tx => Array.from({ length: VMS }, (_, i) => tx.create('VM', { name_label: label(i), HVM_shadow_multiplier: i }))); });
    afterAll(() => { lab.store.transaction(tx => { for (const vm of vms) tx.destroy('VM', vm); }); });
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void, usedBytes = (): number => { collect(); const { heapUsed, external } = process.memoryUsage(); return heapUsed + external; };
    type Vms = Record<string, { name_label: string; HVM_shadow_multiplier: number }>;

    it('leave in pieces by WebSocket, one after the other, with nothing between', async () => {
      const { call } = await lab.wire(), filter = `field "name__label" = ${JSON.stringify(label(7))}`;
      const [all, some, events, alive] = await Promise.all([call('VM.get_all_records', session), call('VM.get_all_records_where', session, filter), call('event.from', session, ['vm'], '', 0), call('system.isAlive')]) as [Vms, Vms, { events: { ref: string; snapshot: unknown }[] }, unknown];
      expect([Object.keys(all).length, Object.keys(some), events.events.length, alive]).toEqual([VMS + 1, [vms[7]], VMS + 1, '']);
      expect(vms.every((vm, i) => all[vm]?.name_label === label(i) && all[vm].HVM_shadow_multiplier === i)).toBe(true);
      expect(Object.fromEntries(events.events.map(({ ref, snapshot }) => [ref, snapshot]))).toEqual(all);
      expect(all[vms[7] ?? '']).toEqual(await call('VM.get_record', session, vms[7]));
    });
    it('tell what was true when the call was answered, however slowly they are read, with a length that is right', async () => {
      const body = JSON.stringify({ jsonrpc: '2.0', method: 'VM.get_all_records', params: [session], id: 1 });
      const response = await new Promise<IncomingMessage>((resolve, reject) => { https.request(`${lab.url}/jsonrpc`, { method: 'POST', rejectUnauthorized: false, agent: false }, resolve).on('error', reject).end(body); });
      lab.store.transaction(tx => { for (const vm of vms) tx.set('VM', vm, { name_label: 'renamed' }); });
      const now = await lab.call('VM.get_all_records', session) as Vms; // another reader is not kept waiting
      const text = await readText(response), then = (JSON.parse(text) as { result: Vms }).result;
      expect(Buffer.byteLength(text)).toBe(Number(response.headers['content-length']));
      expect(vms.filter(vm => now[vm]?.name_label === 'renamed')).toHaveLength(VMS);
      expect(vms.filter((vm, i) => then[vm]?.name_label === label(i))).toHaveLength(VMS);
      lab.store.transaction(tx => { vms.forEach((vm, i) => { tx.set('VM', vm, { name_label: label(i) }); }); });
    });
    it('are the same by XML-RPC as one by one', async () => {
      const text = await xml('VM.get_all_records', session), one = await xml('VM.get_record', session, vms[5] ?? '');
      const record = /<name>Value<\/name>(<value>.*<\/value>)<\/member><\/struct>/s.exec(one)?.[1] ?? 'none';
      expect(text).toContain(`<member><name>${vms[5]}</name>${record}</member>`);
      expect(text.match(/<name>OpaqueRef:/g)).toHaveLength(VMS + 1);
      expect(text.endsWith('</struct></value></member></struct></value></param></params></methodResponse>')).toBe(true);
    });
    it('cost little where nobody reads on, and hurt nobody else', async () => {
      const READERS = 10, ASKED = 3, before = usedBytes();
      const stuck = await Promise.all(Array.from({ length: READERS }, async () => {
        const { socket, call } = await lab.wire();
        socket.pause();
        return { socket, answers: Promise.all(Array.from({ length: ASKED }, () => call('VM.get_all_records', session))) };
      }));
      for (let i = 0; i < ASKED; i++) expect(Object.keys(await lab.call('VM.get_all_records', session) as object)).toHaveLength(VMS + 1); // the others have had as many turns
      expect(usedBytes() - before).toBeLessThan(READERS * ASKED * VMS * label(1).length / 4);
      stuck[0]?.socket.resume();
      for (const all of await stuck[0]?.answers as Vms[]) expect(vms.every((vm, i) => all[vm]?.name_label === label(i))).toBe(true);
      for (const { socket } of stuck) socket.terminate();
      expect(Object.keys(await lab.call('VM.get_all_records', session) as object)).toHaveLength(VMS + 1);
      expect(lab.log.filter(line => line.level === 'error')).toEqual([]);
    });
    it('end with a reader that goes away in the middle', async () => {
      const { socket, call } = await lab.wire();
      void call('VM.get_all_records', session);
      await new Promise<void>(resolve => { socket.once('pong', () => { resolve(); }).ping(); }); // the call is read before the ping
      socket.terminate();
      const gone = await new Promise<IncomingMessage>((resolve, reject) => { https.request(`${lab.url}/RPC2`, { method: 'POST', rejectUnauthorized: false, agent: false }, resolve).on('error', reject).end(`<methodCall><methodName>VM.get_all_records</methodName><params><param><value>${session}</value></param></params></methodCall>`); });
      await new Promise(resolve => { gone.once('data', resolve); });
      gone.destroy();
      expect(Object.keys(await lab.call('VM.get_all_records', session) as object)).toHaveLength(VMS + 1);
      expect(lab.log.filter(line => line.level === 'error')).toEqual([]);
    });
  });
  it('answers version 2, with exactly the headers that clients compare', async () => {
    const { status, body, headers } = await json({ jsonrpc: '2.0', method: 'VM.get_name_label', params: [session, lab.vm], id: 'x' });
    expect({ status, body }).toEqual({ status: 200, body: { jsonrpc: '2.0', result: 'vm one', id: 'x' } });
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'access-control-allow-origin': '*', 'cache-control': 'no-cache, no-store' });
    expect(headers['content-length']).toBeDefined();
    expect(headers['transfer-encoding']).toBeUndefined();
  });
  it('answers version 1 when "jsonrpc" is absent', async () => {
    expect((await json({ method: 'VM.get_name_label', params: [session, lab.vm], id: 3 })).body).toEqual({ result: 'vm one', error: null, id: 3 });
    expect((await json({ method: 'VM.get_name_label', params: [session, lab.sr], id: 3 })).body).toEqual({ result: null, error: ['HANDLE_INVALID', 'VM', lab.sr], id: 3 });
  });
  it('says errors of version 2 with code 1, the name and the parameters', async () => {
    expect((await json({ jsonrpc: '2.0', method: 'no.such', params: [session], id: 3 }))).toMatchObject({ status: 200, body: { jsonrpc: '2.0', error: { code: 1, message: 'MESSAGE_METHOD_UNKNOWN', data: ['no.such'] }, id: 3 } });
  });
  it('writes floats as floats, integers as integers, void as an empty text', async () => {
    const { text } = await lab.request('POST', '/jsonrpc', JSON.stringify({ method: 'VM.get_record', params: [session, lab.vm], id: 1 }));
    expect(text).toMatch(/"HVM_shadow_multiplier":1\.0[,}]/);
    expect(text).toContain('"memory_static_max":1099511627776,');
    expect(await lab.call('VM.start', session, lab.vm, false, false)).toBe('');
  });
  it.each([['not json', '{'], ['a batch', '[{"method":"x","id":1}]'], ['no id', '{"method":"x","params":[]}'], ['a null id', '{"jsonrpc":"2.0","method":"x","params":[],"id":null}'],
    ['params that are no list', '{"method":"x","params":"a","id":1}'], ['no method', '{"id":1}'], ['nothing', ''], ['deep nesting', '['.repeat(100_000)]])('refuses %s', async (_what, body) => {
    const { status, text } = await lab.request('POST', '/jsonrpc', body);
    expect(status).toBe(400);
    expect(text).toContain('XMLRPC_UNMARSHAL_FAILURE');
  });
  it('refuses bytes that are no text, and answers the next request', async () => {
    const { status, text } = await lab.request('POST', '/jsonrpc', Buffer.from('{"method":"\xff\xfe","id":1}', 'latin1'));
    expect(status).toBe(400);
    expect(text).toContain('INVALID_VALUE');
    expect(await lab.call('system.isAlive')).toBe('');
  });
  it('takes a request that comes in chunks', async () => {
    const reply = await lab.request('POST', '/jsonrpc', JSON.stringify({ method: 'system.isAlive', params: [], id: 1 }), { 'transfer-encoding': 'chunked' });
    expect(reply).toMatchObject({ status: 200, text: '{"result":"","error":null,"id":1}' });
  });
  it.each(['/jsonrpc', '/RPC2'])('refuses a body of more than 16 MiB on %s', async path => {
    const { status, text } = await lab.request('POST', path, Buffer.alloc(16 * 1024 * 1024 + 1, 0x20));
    expect(status).toBe(413);
    expect(text).toContain('INVALID_VALUE');
  });
});

describe('XML-RPC', () => {
  it('wraps the outcome, sends integers as text, types the rest', async () => {
    expect(await xml('VM.get_memory_static_max', session, lab.vm)).toBe('<?xml version="1.0"?><methodResponse><params><param><value><struct><member><name>Status</name><value>Success</value></member><member><name>Value</name><value>1099511627776</value></member></struct></value></param></params></methodResponse>');
    expect(await xml('VM.get_HVM_shadow_multiplier', session, lab.vm)).toContain('<value><double>1</double></value>');
    expect(await xml('VM.get_is_a_template', session, lab.vm)).toContain('<value><boolean>0</boolean></value>');
    expect(await xml('VM.get_snapshot_time', session, lab.vm)).toContain('<value><dateTime.iso8601>19700101T00:00:00Z</dateTime.iso8601></value>');
    expect(await xml('VM.set_user_version', session, lab.vm, '<string>7</string>')).toContain('<member><name>Value</name><value></value></member>');
    expect(await lab.call('VM.get_user_version', session, lab.vm)).toBe(7);
  });
  it('says failures as a list', async () => {
    expect(await xml('VM.get_uuid', session, 'OpaqueRef:&lt;&amp;')).toContain('<member><name>Status</name><value>Failure</value></member><member><name>ErrorDescription</name><value><array><data><value>HANDLE_INVALID</value><value>VM</value><value>OpaqueRef:&lt;&amp;</value></data></array></value></member>');
  });
  it('answers on every path, listMethods bare, with the content type of XML', async () => {
    const call = '<methodCall><methodName>system.listMethods</methodName></methodCall>';
    for (const path of ['/', '/RPC2', '/xmlrpc', '/any/where']) {
      const reply = await lab.request('POST', path, call);
      expect(reply.headers['content-type']).toBe('text/xml');
      expect(reply.text).toMatch(/^<\?xml version="1.0"\?><methodResponse><params><param><value><array><data><value>system.listMethods</);
    }
  });
  it.each(['', '<methodCall>', '<!DOCTYPE a [<!ENTITY b "c">]><methodCall><methodName>&b;</methodName></methodCall>', '<methodCall><methodName>a</methodName></methodCall>x', '<methodCall><methodName>a</methodName><params><param><value><unknown>1</unknown></value></param></params></methodCall>'])('refuses what is no call (%#)', async body => {
    const reply = await lab.request('POST', '/', body);
    expect(reply.status).toBe(400);
    expect(reply.text).toContain('XMLRPC_UNMARSHAL_FAILURE');
  });
});

describe('methods', () => {
  it('names only what answers', async () => {
    const names = await lab.call('system.listMethods') as string[];
    for (const name of ['VM.start', 'Async.VM.start', 'VM.get_all_records', 'pool.get_all_records', 'event.from', 'session.login_with_password', 'console.get_record']) expect(names).toContain(name);
    for (const name of ['VM.migrate_send', 'VM.destroy', 'VM.get_is_snapshot_from_vmpp', 'Async.VM.get_record', 'session.slave_login', 'VM_start']) expect(names).not.toContain(name);
    expect(new Set(names).size).toBe(names.length);
    const classes = new Set(names.filter(n => n.endsWith('.get_all_records')).map(n => n.split('.')[0]));
    expect([...classes].sort()).toEqual(['Bond', 'PBD', 'PIF', 'PIF_metrics', 'SM', 'SR', 'VBD', 'VDI', 'VIF', 'VLAN', 'VM', 'VM_appliance', 'VM_guest_metrics', 'VM_metrics', 'VTPM', 'blob', 'console', 'host', 'host_metrics', 'network', 'pool', 'role', 'secret', 'subject', 'task']);
  });
  it('knows the underscore form', async () => { expect(await lab.call('VM_get_name_label', session, lab.vm)).toBe('vm one'); });
  it.each([
    ['unknown', () => lab.call('VM.no_such', session), ['MESSAGE_METHOD_UNKNOWN', 'VM.no_such']],
    ['documented but not there', () => lab.call('VM.migrate_send', session), ['MESSAGE_METHOD_UNKNOWN', 'VM.migrate_send']],
    ['removed', () => lab.call('VM.get_is_snapshot_from_vmpp', session, lab.vm), ['MESSAGE_REMOVED']],
    ['no async form', () => lab.call('Async.VM.get_record', session, lab.vm), ['Fault', 'No async mode for this operation (rpc: Async.VM.get_record)']],
    ['too few', () => lab.call('VM.start', session, lab.vm), ['MESSAGE_PARAMETER_COUNT_MISMATCH', 'VM.start', '3', '1']],
    ['too many', () => lab.call('VM.get_uuid', session, lab.vm, 1), ['MESSAGE_PARAMETER_COUNT_MISMATCH', 'VM.get_uuid', '1', '2']],
    ['nothing at all', () => lab.call('VM.get_all'), ['MESSAGE_PARAMETER_COUNT_MISMATCH', 'VM.get_all', '0', '0']],
    ['a dead session', () => lab.call('VM.get_all', 'OpaqueRef:dead'), ['SESSION_INVALID', 'OpaqueRef:dead']],
    ['a session of the wrong kind', () => lab.call('VM.get_all', { a: 1 }), ['SESSION_INVALID', '']],
    ['a foreign reference', () => lab.call('VM.get_record', session, lab.sr), ['HANDLE_INVALID', 'VM', expect.stringMatching(/^OpaqueRef:/)]],
    ['the null reference', () => lab.call('VM.get_record', session, ''), ['HANDLE_INVALID', 'VM', 'OpaqueRef:NULL']],
    ['an unknown uuid', () => lab.call('VM.get_by_uuid', session, 'x'), ['UUID_INVALID', 'VM', 'x']],
    ['a number for a reference', () => lab.call('VM.get_record', session, 5), ['FIELD_TYPE_ERROR', 'self']],
    ['a text for a boolean', () => lab.call('VM.start', session, lab.vm, 'false', false), ['FIELD_TYPE_ERROR', 'start_paused']],
    ['a fraction for an integer', () => lab.call('VM.set_user_version', session, lab.vm, 1.5), ['FIELD_TYPE_ERROR', 'value']],
    ['a number too large', () => lab.call('VM.set_user_version', session, lab.vm, '99999999999999999999'), ['INVALID_VALUE', 'value', '99999999999999999999']],
    ['an unknown word of an enum', () => lab.call('VM.set_actions_after_shutdown', session, lab.vm, 'explode'), ['INVALID_VALUE', 'value', 'explode']],
    ['a list for a map', () => lab.call('pool.set_other_config', session, lab.pool, []), ['FIELD_TYPE_ERROR', 'value']],
    ['a number in a map', () => lab.call('pool.set_other_config', session, lab.pool, { a: 1 }), ['FIELD_TYPE_ERROR', 'value']],
    ['a name of 64 KiB', () => lab.call('VM.set_name_label', session, lab.vm, 'x'.repeat(65_536)), ['INVALID_VALUE', 'name_label', 'value too long']],
    ['a name with a control character', () => lab.call('VM.set_name_label', session, lab.vm, 'a\u0000'), ['INVALID_VALUE', 'name_label', 'a character that XML cannot carry']],
    ['a missing field of a record', () => lab.call('VM.create', session, { name_label: 'x' }), ['FIELD_TYPE_ERROR', 'user_version']],
    ['a record that is a text', () => lab.call('VM.create', session, 'x'), ['FIELD_TYPE_ERROR', 'args']],
    ['a dangling reference in a setter', () => lab.call('pool.set_default_SR', session, lab.pool, 'OpaqueRef:x'), ['HANDLE_INVALID', 'SR', 'OpaqueRef:x']],
    ['a bug of ours', () => lab.call('VM.unpause', session, lab.vm), ['INTERNAL_ERROR', 'a bug']],
    ['our own error', () => lab.call('VM.start', session, lab.vm, true, false), ['VM_BAD_POWER_STATE', expect.any(String), 'halted', 'running']],
  ])('answers %s with the XenAPI error', async (_what, call, expected) => { expect(await failure(call())).toEqual(expected); });
  it('logs bugs with their stack, never secrets or sessions', async () => {
    await failure(lab.call('session.login_with_password', 'root', 'a wrong secret'));
    const text = JSON.stringify(lab.log);
    expect(text).toContain('TypeError: a bug');
    expect(text).toContain('login refused');
    for (const secret of [PASSWORD, 'a wrong secret', session]) expect(text).not.toContain(secret);
  });
  it('takes a record whole, drops what is the host\'s, and fills in defaults', async () => {
    const record = await lab.call('VM.get_record', session, lab.vm) as Record<string, unknown>;
    const ref = await lab.call('VM.create', session, { ...record, name_label: 'new', memory_static_max: '4096', no_such: 1, order: undefined });
    expect(await lab.call('VM.get_record', session, ref)).toMatchObject({ name_label: 'new', memory_static_max: 4096, order: 0, power_state: 'Halted' });
  });
});

describe('what every class has', () => {
  it('sets, adds and removes, silent where xapi is', async () => {
    const set = (key: string, value: string): Promise<unknown> => lab.call('pool.add_to_other_config', session, lab.pool, key, value);
    await lab.call('pool.set_other_config', session, lab.pool, {});
    await set('__proto__', 'p');
    await set('k', 'v');
    const uuid = await lab.call('pool.get_uuid', session, lab.pool);
    expect(await failure(set('k', 'w'))).toEqual(['MAP_DUPLICATE_KEY', 'pool', 'other_config', uuid, 'k']);
    await lab.call('pool.remove_from_other_config', session, lab.pool, 'absent');
    await lab.call('pool.remove_from_other_config', session, lab.pool, 'k');
    const map = await lab.call('pool.get_other_config', session, lab.pool) as object;
    expect(Object.entries(map)).toEqual([['__proto__', 'p']]);
    for (const tag of ['a', 'a', 'b']) await lab.call('VM.add_tags', session, lab.vm, tag);
    await lab.call('VM.remove_tags', session, lab.vm, 'b');
    await lab.call('VM.remove_tags', session, lab.vm, 'b');
    expect(await lab.call('VM.get_tags', session, lab.vm)).toEqual(['a']);
  });
  it('lists and filters', async () => {
    expect(await lab.call('VM.get_by_name_label', session, 'vm one')).toEqual([lab.vm]);
    expect(await lab.call('VM.get_by_uuid', session, await lab.call('VM.get_uuid', session, lab.vm))).toBe(lab.vm);
    expect(Object.keys(await lab.call('SR.get_all_records', session) as object)).toEqual([lab.sr]);
    expect(Object.keys(await lab.call('VM.get_all_records_where', session, 'field "name__label" = "vm one" and not (field "is_a_template" = "true")') as object)).toEqual([lab.vm]);
    expect(await lab.call('VM.get_all_where', session, 'false')).toEqual([]);
    expect((await failure(lab.call('VM.get_all_where', session, 'field "nope" = "x"')))[0]).toBe('INVALID_VALUE');
  });
});

describe('HTTP', () => {
  it('answers a browser', async () => {
    expect(await lab.request('GET', '/')).toMatchObject({ status: 200, text: expect.stringContaining('XenAPI') as string });
    expect((await lab.request('GET', '/nope')).status).toBe(404);
    expect((await lab.request('DELETE', '/')).status).toBe(405);
    expect((await lab.request('OPTIONS', '/jsonrpc', undefined, { 'access-control-request-headers': 'content-type' })).headers).toMatchObject({ 'access-control-allow-origin': '*', 'access-control-allow-headers': 'content-type, X-Requested-With', 'access-control-allow-methods': 'PUT' });
  });
});
