/* Run by crash.test.ts in a process of its own and killed: writes one VM with its VBD per transaction and says so. */
import fs from 'node:fs';
import { must } from '../../../src/shared/lib/assert';
import { openStore } from '../../../src/host/store/store';

const store = openStore({ path: must(process.argv[2], 'path') });
for (let n = store.all('VM').size; ; n++) {
  store.transaction(tx => {
    const vm = tx.create('VM', { name_label: String(n) });
    tx.create('VBD', { VM: vm, userdevice: String(n) });
    tx.create('task', { name_label: String(n) });
  });
  fs.writeSync(1, `${n} ${store.generation}\n`);
}
