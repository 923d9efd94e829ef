/* Many clients at once: calls a second and the slowest hundredth over WebSocket and POST, beside a bare Node server that sends the same bytes; events told to all of them;
 * and how long npm xen-api takes to connect to a large inventory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { WebSocket } from 'ws';
import { createClient } from 'xen-api';
import { startHost, type TestHost } from '../tests/fixtures/host';
import { fillStore } from './fill-store';
import { report, type Row } from './measure';

const CALLS = 6_000, ROUNDS = 3, CROWDS = [1, 100, 1_000];
const EVENTS = 10, AUDIENCES = [100, 1_000], INVENTORIES = [1_000, 10_000];

interface Caller { call: (method: string, params: readonly unknown[]) => Promise<unknown>; close: () => void }
type Open = (port: number) => Promise<Caller>;

const byWebSocket: Open = async port => {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/jsonrpc`, { rejectUnauthorized: false, perMessageDeflate: false, handshakeTimeout: 60_000 }), waiting = new Map<number, (result: unknown) => void>();
  let last = 0;
  await once(socket, 'open');
  socket.on('message', (data: Buffer) => { const { id, result } = JSON.parse(data.toString('utf8')) as { id: number; result: unknown }; waiting.get(id)?.(result); waiting.delete(id); });
  return { call: (method, params) => new Promise(resolve => { waiting.set(++last, resolve); socket.send(JSON.stringify({ jsonrpc: '2.0', method, params, id: last })); }), close: () => { socket.terminate(); } };
};
const byPost: Open = port => {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  return Promise.resolve({
    call: (method, params) => new Promise((resolve, reject) => {
      const body = JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 });
      https.request({ agent, host: '127.0.0.1', port, path: '/jsonrpc', method: 'POST', headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, response => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => { resolve((JSON.parse(text) as { result: unknown }).result); }).on('error', reject);
      }).on('error', reject).end(body);
    }),
    close: () => { agent.destroy(); },
  });
};

/** Each client has one call under way; answers calls a second, and the milliseconds that 99 of 100 calls stay below. */
const crowdOf = async (callers: readonly Caller[], params: readonly unknown[]): Promise<{ rate: number; p99: number }> => {
  const took: number[] = [], begin = performance.now();
  await Promise.all(callers.map(async ({ call }) => {
    for (let n = 0; n < CALLS / callers.length; n++) {
      const sent = performance.now();
      if ((await call('VM.get_record', params) as { name_label?: string } | undefined)?.name_label === undefined) throw new Error('no record came');
      took.push(performance.now() - sent);
    }
  }));
  const seconds = (performance.now() - begin) / 1000;
  return { rate: took.length / seconds, p99: took.sort((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? NaN };
};

const compareCrowds = async (host: TestHost, barePort: number, session: string, vm: string): Promise<void> => {
  for (const [road, open] of [['WebSocket', byWebSocket], ['POST', byPost]] as const) for (const size of CROWDS) {
    const contenders = [['bare Node, the same reply', barePort, ['', vm]], ['our host, VM.get_record', host.port, [session, vm]]] as const;
    const rates: Row[] = [], tails: Row[] = [];
    const opened = await Promise.all(contenders.map(async ([, port]) => {
      const callers: Caller[] = [];
      while (callers.length < size) callers.push(...await Promise.all(Array.from({ length: Math.min(50, size - callers.length) }, () => open(port))));
      return callers;
    }));
    const got = contenders.map(() => ({ rates: [] as number[], tails: [] as number[] }));
    for (let round = 0; round <= ROUNDS; round++) for (const [i, [, , params]] of contenders.entries()) {
      const { rate, p99 } = await crowdOf(opened[i] ?? [], params);
      if (round > 0) { got[i]?.rates.push(rate); got[i]?.tails.push(p99); }
    }
    contenders.forEach(([name], i) => { rates.push({ name, values: got[i]?.rates ?? [], unit: 'calls/s' }); tails.push({ name: `${name}: p99`, values: got[i]?.tails ?? [] }); });
    for (const caller of opened.flat()) caller.close();
    report(`${size} client${size > 1 ? 's' : ''} by ${road}, one call each at a time`, rates);
    report(`... 99 of 100 calls are answered within`, tails);
  }
};

/** One change after the other, each told to everybody before the next. */
const tellAll = async (host: TestHost, session: string): Promise<void> => {
  for (const size of AUDIENCES) {
    const callers: Caller[] = [], driver = await byWebSocket(host.port);
    while (callers.length < size) callers.push(...await Promise.all(Array.from({ length: 50 }, () => byWebSocket(host.port))));
    const [pool] = await driver.call('pool.get_all', [session]) as string[];
    const from = async ({ call }: Caller, token: string): Promise<string> => (await call('event.from', [session, ['pool'], token, 60]) as { token: string }).token;
    let tokens = await Promise.all(callers.map(caller => from(caller, '')));
    const values: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const begin = performance.now();
      for (let n = 0; n < EVENTS; n++) {
        const waiting = Promise.all(callers.map((caller, i) => from(caller, tokens[i] ?? '')));
        await driver.call('pool.set_name_description', [session, pool, `round ${round}, event ${n}`]);
        tokens = await waiting;
      }
      if (round > 0) values.push(size * EVENTS / ((performance.now() - begin) / 1000));
    }
    for (const caller of [driver, ...callers]) caller.close();
    report(`Events told to ${size} clients`, [{ name: 'our host, event.from over a WebSocket each', values, unit: 'events/s' }]);
  }
};

const connectTimes = async (): Promise<void> => {
  for (const count of INVENTORIES) {
    const host = await startHost();
    try {
      await host.stop();
      fillStore(host.data, count);
      await host.start();
      const values: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const begin = performance.now(), client = createClient({ url: host.url, allowUnauthorized: true, auth: { user: 'root', password: host.password } });
        await client.connect();
        await client.objectsFetched;
        values.push(performance.now() - begin);
        await client.disconnect();
      }
      report(`npm xen-api connects, and has all records of ${count} VMs`, [{ name: 'our host', values }]);
    } finally { await host.dispose(); }
  }
};

const main = async (): Promise<void> => {
  const host = await startHost(), scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-clients-')), session = await host.login();
  const client = await host.connect(), [[vm = '', record] = []] = Object.entries(await client.call('VM.get_all_records'));
  const reply = path.join(scratch, 'record.json');
  fs.writeFileSync(reply, JSON.stringify(record));
  const bare = spawn(process.execPath, ['--import', 'tsx', path.join(import.meta.dirname, 'bare-ws-server.ts'), path.join(host.data, 'tls/tls-key.pem'), path.join(host.data, 'tls/tls-cert.pem'), reply], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(readline.createInterface({ input: bare.stdout }), 'line') as [string];
    await compareCrowds(host, Number(line), session, vm);
    await tellAll(host, session);
  } finally {
    bare.kill();
    await host.dispose();
    fs.rmSync(scratch, { recursive: true });
  }
  await connectTimes();
};
await main();
