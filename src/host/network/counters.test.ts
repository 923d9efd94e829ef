import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { asGuestSees, readCounters } from './counters';

const TABLE = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 62287376   26617    0    0    0     0          0         0 62287376   26617    0    0    0     0       0          0
eth0.17:5 1 2 3 0 0 0 0 10 4 6 7 0 0 0 0
`;

it('reads what passed every interface, and turns a tap round', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'counters-')), file = join(directory, 'dev');
  try {
    writeFileSync(file, TABLE);
    const all = await readCounters(file), vlan = all.get('eth0.17');
    expect([...all.keys()]).toEqual(['lo', 'eth0.17']);
    expect(vlan).toEqual({ rxBytes: 5, rxPackets: 1, rxErrors: 2, rxDrops: 3, txBytes: 10, txPackets: 4, txErrors: 6, txDrops: 7 });
    expect(asGuestSees(vlan!)).toEqual({ txBytes: 5, txPackets: 1, txErrors: 2, txDrops: 3, rxBytes: 10, rxPackets: 4, rxErrors: 6, rxDrops: 7 });
  } finally { rmSync(directory, { recursive: true }); }
  expect((await readCounters()).has('lo')).toBe(true);
});
