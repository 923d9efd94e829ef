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
import { cpuOf, report, type Row } from './measure';

const CALLS = 6_000, ROUNDS = 3, CROWDS = [1, 100, 1_000];
const EVENTS = 10, AUDIENCES = [100, 1_000], INVENTORIES = [1_000, 10_000];
/** The host lets so many wait in the name of one session (and has 500 sessions of one user). */
const WAITING_PER_SESSION = 100;

interface Caller { call: (method: string, params: readonly unknown[]) => Promise<unknown>; close: () => void }
type Open = (port: number) => Promise<Caller>;
interface Answer { id: number; result?: unknown; error?: unknown }
const settle = ({ result, error }: Answer, resolve: (result: unknown) => void, reject: (error: Error) => void): void => { if (error) reject(new Error(JSON.stringify(error))); else resolve(result); };

const byWebSocket: Open = async port => {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/jsonrpc`, { rejectUnauthorized: false, perMessageDeflate: false, handshakeTimeout: 60_000 }), waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  await once(socket, 'open');
  socket.on('message', (data: Buffer) => { const answer = JSON.parse(data.toString('utf8')) as Answer; waiting.get(answer.id)?.(answer); waiting.delete(answer.id); });
  return { call: (method, params) => new Promise((resolve, reject) => { waiting.set(++last, answer => { settle(answer, resolve, reject); }); socket.send(JSON.stringify({ jsonrpc: '2.0', method, params, id: last })); }), close: () => { socket.terminate(); } };
};
const byPost: Open = port => {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  return Promise.resolve({
    call: (method, params) => new Promise((resolve, reject) => {
      const body = JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 });
      https.request({ agent, host: '127.0.0.1', port, path: '/jsonrpc', method: 'POST', headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, response => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => { settle(JSON.parse(text) as Answer, resolve, reject); }).on('error', reject);
      }).on('error', reject).end(body);
    }),
    close: () => { agent.destroy(); },
  });
};

interface Contender { name: string; port: number; pid: number; params: readonly unknown[] }
interface Figures { rates: number[]; tails: number[]; spent: number[] }

/** Each client has one call under way. Calls a second, the milliseconds that 99 of 100 calls stay below, and the microseconds of CPU that one costs the server, which a busy machine changes less. */
const crowdOf = async (callers: readonly Caller[], { pid, params }: Contender): Promise<{ rate: number; p99: number; cost: number }> => {
  const took: number[] = [], cpu = cpuOf(pid), begin = performance.now();
  await Promise.all(callers.map(async ({ call }) => {
    for (let n = 0; n < CALLS / callers.length; n++) {
      const sent = performance.now();
      if ((await call('VM.get_record', params) as { name_label?: string }).name_label === undefined) throw new Error('no record came');
      took.push(performance.now() - sent);
    }
  }));
  const seconds = (performance.now() - begin) / 1000;
  return { rate: took.length / seconds, p99: took.sort((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? NaN, cost: (cpuOf(pid) - cpu) / took.length * 1e6 };
};

const crowd = async (open: Open, port: number, size: number): Promise<Caller[]> => {
  const callers: Caller[] = [];
  while (callers.length < size) callers.push(...await Promise.all(Array.from({ length: Math.min(50, size - callers.length) }, () => open(port))));
  return callers;
};

const compareCrowds = async (contenders: readonly Contender[]): Promise<void> => {
  for (const [road, open] of [['WebSocket', byWebSocket], ['POST', byPost]] as const) for (const size of CROWDS) {
    const rows: [Contender, Caller[], Figures][] = [];
    for (const contender of contenders) rows.push([contender, await crowd(open, contender.port, size), { rates: [], tails: [], spent: [] }]);
    for (let round = 0; round <= ROUNDS; round++) for (const [contender, callers, { rates, tails, spent }] of rows) {
      const { rate, p99, cost } = await crowdOf(callers, contender);
      if (round > 0) { rates.push(rate); tails.push(p99); spent.push(cost); }
    }
    for (const [, callers] of rows) for (const caller of callers) caller.close();
    const title = `${size} client${size > 1 ? 's' : ''} by ${road}, one call each at a time`;
    report(title, rows.map(([{ name }, , { rates }]): Row => ({ name, values: rates, unit: 'calls/s' })));
    report(`${title}: 99 of 100 calls are answered within`, rows.map(([{ name }, , { tails }]) => ({ name, values: tails })));
    report(`${title}: CPU time of the server for one`, rows.map(([{ name }, , { spent }]) => ({ name, values: spent, unit: 'μs' })));
  }
};

/** One change after the other, each told to everybody before the next. */
const tellAll = async (host: TestHost, session: string): Promise<void> => {
  for (const size of AUDIENCES) {
    const callers = await crowd(byWebSocket, host.port, size), driver = await byWebSocket(host.port);
    const [pool] = await driver.call('pool.get_all', [session]) as string[];
    const sessions = await Promise.all(Array.from({ length: size / WAITING_PER_SESSION }, () => host.login()));
    const from = async ({ call }: Caller, i: number, token: string): Promise<string> => (await call('event.from', [sessions[Math.floor(i / WAITING_PER_SESSION)], ['pool'], token, 60]) as { token: string }).token;
    let tokens = await Promise.all(callers.map((caller, i) => from(caller, i, '')));
    const values: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const begin = performance.now();
      for (let n = 0; n < EVENTS; n++) {
        [tokens] = await Promise.all([Promise.all(callers.map((caller, i) => from(caller, i, tokens[i] ?? ''))), driver.call('pool.set_name_description', [session, pool, `round ${round}, event ${n}`])]);
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
    await compareCrowds([
      { name: 'bare Node, the same reply', port: Number(line), pid: bare.pid ?? 0, params: ['', vm] },
      { name: 'our host, VM.get_record', port: host.port, pid: host.pid ?? 0, params: [session, vm] },
    ]);
    await tellAll(host, session);
  } finally {
    bare.kill();
    await host.dispose();
    fs.rmSync(scratch, { recursive: true });
  }
  await connectTimes();
};
await main();
