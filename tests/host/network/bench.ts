import { once } from 'node:events';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { build } from 'esbuild';
import type { Networks } from '../../../src/host/network/contract';
import type { Namespace } from '../../fixtures/netns';

/* The network drivers by themselves, in a process inside a network namespace: calls go in and answers come out as lines of JSON. */

export interface Bench { networks: Networks; /** Ends the process as a crash would. */ kill(): Promise<void> }

interface Answer { id: number; value?: unknown; map?: [unknown, unknown][]; error?: string; kind?: string }

const SOURCE = path.resolve(import.meta.dirname, '../../../src/host/network/networks.ts');
const MAIN = `
import readline from 'node:readline';
import { createNetworks } from ${JSON.stringify(SOURCE)};
const [directory, uid, ownEnds] = process.argv.slice(2);
const networks = createNetworks({ directory, ownEnds: ownEnds === 'own-ends', runAs: { uid: Number(uid), gid: Number(uid) } });
const plain = value => value instanceof Map ? { map: [...value] } : { value };
for await (const line of readline.createInterface({ input: process.stdin })) {
  const { id, method, args } = JSON.parse(line);
  networks[method](...args).then(value => ({ id, ...plain(value) }), error => ({ id, error: error.message, kind: error.kind, stack: error.stack })).then(answer => process.stdout.write(JSON.stringify(answer) + '\\n'));
}`;

export const startBench = async (namespace: Namespace, folder: string, uid: number, ends: 'taps' | 'own-ends' = 'taps'): Promise<Bench> => {
  const bundle = path.join(folder, 'networks.mjs'), directory = path.join(folder, 'network');
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!fs.existsSync(bundle)) await build({ stdin: { contents: MAIN, resolveDir: import.meta.dirname, loader: 'ts' }, bundle: true, platform: 'node', format: 'esm', outfile: bundle, logLevel: 'error' });
  const child = spawn('ip', ['netns', 'exec', namespace.name, process.execPath, bundle, directory, String(uid), ends], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map<number, (answer: Answer) => void>();
  readline.createInterface({ input: child.stdout }).on('line', line => { const answer = JSON.parse(line) as Answer; waiting.get(answer.id)?.(answer); waiting.delete(answer.id); });
  let last = 0;
  const call = (method: string) => (...args: unknown[]): Promise<unknown> => new Promise((resolve, reject) => {
    const id = ++last;
    waiting.set(id, answer => {
      if (answer.error !== undefined) reject(Object.assign(new Error(answer.error), { kind: answer.kind }));
      else resolve(answer.map ? new Map(answer.map) : answer.value);
    });
    child.stdin.write(`${JSON.stringify({ id, method, args })}\n`);
  });
  return {
    networks: new Proxy({}, { get: (_, method: string) => call(method) }) as Networks,
    kill: async () => { if (child.exitCode !== null || child.signalCode !== null) return; const exit = once(child, 'exit'); child.kill('SIGKILL'); await exit; },
  };
};
