import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../../src/host/store/store';

const ROUNDS = 6;
let folder: string;
beforeAll(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'store-crash-')); });
afterAll(() => { fs.rmSync(folder, { recursive: true }); });

/** Lets the writer acknowledge some transactions, kills it in the middle of its work, answers the last acknowledged ones. */
const writeUntilKilled = (file: string, acknowledgements: number): Promise<{ last: number; generation: number }> => new Promise((resolve, reject) => {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(import.meta.dirname, 'crash-writer.ts'), file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.split('\n').length > acknowledgements) child.kill('SIGKILL');
  });
  child.on('error', reject);
  child.on('close', (code, signal) => {
    const [last, generation] = (said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1) ?? '').split(' ').map(Number);
    if (signal !== 'SIGKILL' || last === undefined || generation === undefined) reject(new Error(`the writer ended by itself: ${code}`));
    else resolve({ last, generation });
  });
});

it('keeps every acknowledged transaction and no half one when the service is killed', async () => {
  const file = path.join(folder, 'state.db');
  for (let round = 0; round < ROUNDS; round++) {
    const { last, generation } = await writeUntilKilled(file, 20 + 37 * round);
    const store = openStore({ path: file });
    const vms = [...store.all('VM').values()], names = vms.map(vm => Number(vm.name_label)).sort((a, b) => a - b);
    expect(names).toEqual(names.map((_, i) => i));
    expect(names.length).toBeGreaterThan(last);
    expect(names.length).toBeLessThanOrEqual(last + 2); // the one that it was about to acknowledge
    expect(store.all('VBD').size).toBe(names.length);
    for (const vm of vms) expect(vm.VBDs.map(ref => store.get('VBD', ref).userdevice)).toEqual([vm.name_label]);
    expect(store.all('task').size).toBe(0);
    expect(store.generation).toBeGreaterThan(generation);
    store.dispose();
  }
});
