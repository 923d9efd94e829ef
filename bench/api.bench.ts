/* JSON-RPC calls a second for VM.get_record over one WebSocket, beside a bare `ws` server over TLS that sends the same bytes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { WebSocket, type RawData } from 'ws';
import { startHost } from '../tests/fixtures/host';
import { inTurn, report } from './measure';

const CALLS = 10_000;
const ROUNDS = 7;

/** Sends CALLS requests, `inFlight` at a time; answers calls a second. */
const rate = (socket: WebSocket, params: readonly string[], inFlight: number): Promise<number> => new Promise((resolve, reject) => {
  let sent = 0;
  let received = 0;
  const begin = performance.now();
  const send = (): void => { socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'VM.get_record', params, id: ++sent })); };
  const onMessage = (data: RawData): void => {
    if (received === 0 && !(data as Buffer).toString('utf8').includes('"name_label"')) { reject(new Error((data as Buffer).toString('utf8').slice(0, 200))); return; }
    if (++received === CALLS) { socket.off('message', onMessage); resolve(CALLS / ((performance.now() - begin) / 1000)); return; }
    if (sent < CALLS) send();
  };
  socket.on('message', onMessage);
  for (let i = 0; i < inFlight; i++) send();
});

const openSocket = async (port: number): Promise<WebSocket> => {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/jsonrpc`, { rejectUnauthorized: false, perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
};

const main = async (): Promise<void> => {
  const host = await startHost();
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-api-'));
  const client = await host.connect();
  const vms = await client.call('VM.get_all_records');
  const [ref = '', record] = Object.entries(vms)[0] ?? [];
  const file = (name: string, text: string): string => { const to = path.join(scratch, name); fs.writeFileSync(to, text); return to; };
  const bare = spawn(process.execPath, ['--import', 'tsx', path.join(import.meta.dirname, 'bare-ws-server.ts'),
    path.join(host.data, 'tls/tls-key.pem'), path.join(host.data, 'tls/tls-cert.pem'), file('record.json', JSON.stringify(record))], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(readline.createInterface({ input: bare.stdout }), 'line') as [string];
    const ours = await openSocket(host.port);
    const theirs = await openSocket(Number(line));
    const session = await host.login();
    for (const inFlight of [1, 32]) {
      const figures = await inTurn(ROUNDS, {
        'bare Node ws over TLS, the same reply': () => rate(theirs, ['', ref], inFlight),
        'our host, VM.get_record': () => rate(ours, [session, ref], inFlight),
      });
      report(`VM.get_record over one WebSocket, ${inFlight} in flight (reply of ${JSON.stringify(record).length} bytes)`,
        Object.entries(figures).map(([name, values]) => ({ name, values, unit: 'calls/s' })));
    }
    ours.close(); theirs.close();
  } finally {
    bare.kill();
    await client.close();
    await host.dispose();
    fs.rmSync(scratch, { recursive: true });
  }
};
await main();
