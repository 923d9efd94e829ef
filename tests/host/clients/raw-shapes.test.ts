import { once } from 'node:events';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, PASSWORD } from '../api/lab';

/* Requests in the shapes that other clients give them (Go, Terraform, C# and PowerShell, Java, Perl, XenAPI.py on an old Python), byte by byte over a real socket. */

let lab: Lab, session: string;
beforeAll(async () => { lab = await Lab.start(); session = await lab.login(); });
afterAll(() => lab.stop());

const open = async (): Promise<tls.TLSSocket> => {
  const socket = tls.connect({ host: '127.0.0.1', port: lab.server.port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
};
/** Answers head and body of the next response: by its length, or to the end. */
const answer = async (socket: tls.TLSSocket): Promise<{ head: string; body: string }> => {
  let got = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    got += chunk.toString('utf8');
    const end = got.indexOf('\r\n\r\n'), length = /\r\ncontent-length: *(\d+)/i.exec(got.slice(0, end))?.[1];
    if (end >= 0 && length !== undefined && Buffer.byteLength(got.slice(end + 4)) >= Number(length)) break;
  }
  const end = got.indexOf('\r\n\r\n');
  return { head: got.slice(0, end), body: got.slice(end + 4) };
};
const post = async (path: string, body: string, headers: readonly string[] = [], version = '1.1'): Promise<{ head: string; body: string }> => {
  const socket = await open();
  socket.write([`POST ${path} HTTP/${version}`, ...(version === '1.0' ? [] : ['Host: host']), `Content-Length: ${Buffer.byteLength(body)}`, ...headers, '', body].join('\r\n'));
  const got = await answer(socket);
  socket.destroy();
  return got;
};
const xml = (method: string, ...params: string[]): string => `<?xml version="1.0" encoding="UTF-8"?>\n<methodCall>\n  <methodName>${method}</methodName>\n  <params>${params.map(param => `<param><value>${param}</value></param>`).join('\n')}</params>\n</methodCall>\n`;
const json = (body: string): unknown => JSON.parse(body);

describe('JSON-RPC', () => {
  it('as Go\'s net/rpc/jsonrpc has it: version 1, ids from 0', async () => {
    const { body } = await post('/jsonrpc', `{"method":"session.login_with_password","params":["root","${PASSWORD}"],"id":0}\n`);
    expect(json(body)).toEqual({ result: expect.stringMatching(/^OpaqueRef:/) as string, error: null, id: 0 });
  });
  it('as the Go SDK has it: version 2, four parameters, a struct of record in it', async () => {
    const { body } = await post('/jsonrpc', JSON.stringify({ jsonrpc: '2.0', method: 'session.login_with_password', params: ['root', PASSWORD, '1.0', 'Go sdk'], id: 1 }), ['Content-Type: application/json', 'User-Agent: Go-http-client/1.1', 'Accept-Encoding: gzip']);
    const { result } = json(body) as { result: string };
    expect(json((await post('/jsonrpc', JSON.stringify({ jsonrpc: '2.0', method: 'pool.get_all_records', params: [result], id: 2 }))).body)).toMatchObject({ id: 2, result: { [lab.pool]: { master: lab.host } } });
    expect(json((await post('/jsonrpc', JSON.stringify({ jsonrpc: '2.0', method: 'host.get_record', params: [result, lab.vm], id: 3 }))).body)).toEqual({ jsonrpc: '2.0', error: { code: 1, message: 'HANDLE_INVALID', data: ['host', lab.vm] }, id: 3 });
  });
  it('as C# and PowerShell have it: ids as text, charset, Expect: 100-continue', async () => {
    const socket = await open(), body = JSON.stringify({ jsonrpc: '2.0', method: 'host.get_API_version_major', params: [session, lab.host], id: '7f9c' });
    socket.write(['POST /jsonrpc HTTP/1.1', 'Host: host', 'Content-Type: application/json; charset=utf-8', 'Accept: application/json', `Content-Length: ${body.length}`, 'Expect: 100-continue', 'Connection: Keep-Alive', '', ''].join('\r\n'));
    const [chunk] = await once(socket, 'data') as [Buffer];
    expect(chunk.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(body);
    expect(json((await answer(socket)).body)).toMatchObject({ jsonrpc: '2.0', id: '7f9c', result: expect.any(Number) as number });
    socket.destroy();
  });
  it('takes numbers as text and whole floats, as loose languages write them', async () => {
    for (const value of ['7', 7, 7.0]) expect(json((await post('/jsonrpc', JSON.stringify({ method: 'VM.set_user_version', params: [session, lab.vm, value], id: 1 }))).body)).toEqual({ result: '', error: null, id: 1 });
  });
  it('answers many on one connection, each in its turn, sent without waiting', async () => {
    const socket = await open();
    const ask = (id: number): string => { const body = JSON.stringify({ method: 'VM.get_uuid', params: [session, lab.vm], id }); return `POST /jsonrpc HTTP/1.1\r\nHost: host\r\nContent-Length: ${body.length}\r\n\r\n${body}`; };
    socket.write(ask(1) + ask(2) + ask(3));
    let got = '';
    while ((got.match(/"id":\d/g) ?? []).length < 3) got += ((await once(socket, 'data')) as [Buffer])[0].toString();
    expect(got.match(/"id":\d/g)).toEqual(['"id":1', '"id":2', '"id":3']);
    socket.destroy();
  });
});

describe('XML-RPC', () => {
  it.each([['<string>7</string>'], ['7'], ['<int>7</int>'], ['<i4>7</i4>'], ['<i8>7</i8>']])('takes an integer as %s', async value => {
    expect((await post('/', xml('VM.set_user_version', session, lab.vm, value))).body).toContain('<value>Success</value>');
    expect(await lab.call('VM.get_user_version', session, lab.vm)).toBe(7);
  });
  it('takes dates with and without dashes, empty structs and lists, booleans, nothing', async () => {
    for (const map of ['<struct></struct>', '<struct/>']) expect((await post('/', xml('pool.set_other_config', session, lab.pool, map))).body).toContain('Success');
    for (const list of ['<array><data></data></array>', '<array><data/></array>']) expect((await post('/', xml('pool.set_tags', session, lab.pool, list))).body).toContain('Success');
    for (const date of ['20260102T03:04:05Z', '20260102T03:04:05', '2026-01-02T03:04:05Z']) expect((await post('/', xml('message.get_since', session, `<dateTime.iso8601>${date}</dateTime.iso8601>`))).body).not.toContain('XMLRPC_UNMARSHAL_FAILURE');
    expect((await post('/', xml('pool.set_wlb_verify_cert', session, lab.pool, '<boolean>0</boolean>'))).body).toContain('Success');
    expect((await post('/', xml('VM.get_all_records', session))).body).toContain('<name>Status</name><value>Success</value>');
    expect((await post('/', xml('VM.set_name_label', session, lab.vm, '<nil/>'))).body).toContain('FIELD_TYPE_ERROR');
    expect((await post('/', xml('VM.set_name_label', session, lab.vm, '<ex:nil/>'))).body).toMatch(/FIELD_TYPE_ERROR|XMLRPC_UNMARSHAL_FAILURE/);
    expect((await post('/', xml('VM.set_name_label', session, lab.vm, '<string>vm &lt;one&gt; &#228;</string>'))).body).toContain('Success');
    expect(await lab.call('VM.get_name_label', session, lab.vm)).toBe('vm <one> ä');
  });
  it.each([['XenAPI.py on an old Python', '1.0', ['User-Agent: xmlrpclib.py/1.0.1', 'Content-Type: text/xml']], ['Terraform', '1.1', ['Content-Type: text/xml; charset=utf-8', 'Connection: close']], ['Perl', '1.1', ['Content-Type: text/xml', 'TE: deflate,gzip;q=0.3', 'Connection: TE, close']]])('answers %s', async (_who, version, headers) => {
    const { head, body } = await post('/', xml('session.login_with_password', '<string>root</string>', `<string>${PASSWORD}</string>`), headers, version);
    expect(head).toMatch(/^HTTP\/1\.[01] 200 /);
    expect(head).toMatch(/content-length: \d+/i);
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(body).toMatch(/<value>Success<\/value>.*<value>OpaqueRef:/s);
  });
  it('takes a call in chunks, as Java sends it', async () => {
    const socket = await open(), body = xml('pool.get_all', session), half = Math.floor(body.length / 2);
    const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)};ext=1\r\n${text}\r\n`;
    socket.write(`POST /RPC2 HTTP/1.1\r\nHost: host\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(body.slice(0, half))}`);
    socket.write(`${chunk(body.slice(half))}0\r\n\r\n`);
    expect((await answer(socket)).body).toContain(lab.pool);
    socket.destroy();
  });
  it('takes the forms of methods that languages need', async () => {
    for (const method of ['VM.get_by_name_label', 'VM_get_by_name_label']) expect((await post('/', xml(method, session, 'none'))).body).toContain('Success');
    expect((await post('/', xml('Async.VM.clone', session, lab.vm, 'a copy'))).body).toMatch(/Success.*OpaqueRef:/s);
    const batch = (await post('/', xml('event.from', session, '<array><data><value>vm</value></data></array>', '', '<double>0</double>'))).body;
    expect(batch).toContain('<name>valid_ref_counts</name>');
    expect((await post('/', xml('event.from', session, '<array><data><value><string>*</string></value></data></array>', '<string></string>', '<double>0.5</double>'))).body).toContain('<name>token</name>');
  });
});
