import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/host/store/store';

const VMS = 10_000;

it('holds 10,000 VMs with a disk each', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'store-size-')), file = path.join(folder, 'state.db');
  try {
    let store = openStore({ path: file });
    const began = performance.now();
    for (let i = 0; i < VMS; i += 100) {
      store.transaction(tx => {
        for (let n = i; n < i + 100; n++) {
          const vm = tx.create('VM', { name_label: `vm-${n}`, other_config: { n: String(n) } });
          tx.create('VBD', { VM: vm, VDI: tx.create('VDI', { name_label: `disk-${n}` }) });
        }
      });
    }
    const written = performance.now();
    store.dispose();
    const heap = process.memoryUsage().heapUsed, start = performance.now();
    store = openStore({ path: file });
    const loaded = performance.now();
    expect([store.all('VM').size, store.all('VBD').size, store.all('VDI').size]).toEqual([VMS, VMS, VMS]);
    const walked = performance.now(), fill = store.changesSince(0, () => true);
    expect(fill?.events.length).toBe(3 * VMS);
    console.info(`${3 * VMS} records: written in ${(written - began).toFixed(0)} ms, file ${(fs.statSync(file).size / 2 ** 20).toFixed(0)} MiB, loaded in ${(loaded - start).toFixed(0)} ms, about ${((process.memoryUsage().heapUsed - heap) / 2 ** 20).toFixed(0)} MiB of heap, all changes walked in ${(performance.now() - walked).toFixed(1)} ms`);
    store.dispose();
  } finally { fs.rmSync(folder, { recursive: true }); }
});
