import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NetworkSpec, VifSpec } from '../../../src/host/network/contract';
import { canNamespace, makeNamespace, type Namespace } from '../../fixtures/netns';
import { startBench, type Bench } from './bench';

/* VIFs through an uplink that is full: who gets how many bytes. The uplink is a tap that says it is slow; who holds it counts. No clock: so many bytes, then the ratio. */

const NOBODY = 65534, UPLINK_MEGABITS = 10, COUNTED_BYTES = 1_500_000;
let host: Namespace, folder: string, bench: Bench;
const benches: Bench[] = [];
const open = async (): Promise<Bench> => { const made = await startBench(host, folder, NOBODY); benches.push(made); return made; };
beforeEach(async () => {
  if (!canNamespace()) return;
  [host, folder] = [makeNamespace(), fs.mkdtempSync(path.join(os.tmpdir(), 'weights-'))];
  bench = await open();
});
afterEach(async () => {
  if (!canNamespace()) return;
  await bench.networks.tidy([], [], []);
  for (const each of benches.splice(0)) await each.kill();
  await host.dispose();
  fs.rmSync(folder, { recursive: true });
});

/** Opens a tap as QEMU does. */
const HOLD = `import array,fcntl,json,os,select,socket,struct,time
def hold(name):
    tap=os.open('/dev/net/tun',os.O_RDWR); fcntl.ioctl(tap,0x400454ca,struct.pack('16sH',name.encode(),0x1002)); return tap
`;
/** ETHTOOL_SSET; takes what comes all the time, and for each line on stdin says who the next so many bytes came from. */
const UPLINK = `${HOLD}
tap=hold('nic0'); order=array.array('B',struct.pack('=IIIHBBBBBBIIHBBI8x',2,0,0,${UPLINK_MEGABITS},1,0,0,0,0,0,0,0,0,0,0,0))
fcntl.ioctl(socket.socket(),0x8946,struct.pack('16sP8x',b'nic0',order.buffer_info()[0])); print('ready',flush=True)
seen=None
while True:
    if 0 in select.select([tap,0],[],[])[0]: os.read(0,99); seen={}
    else:
        frame=os.read(tap,2000); source=frame[6:12].hex(':')
        if seen is None or not source.startswith('02:00:'): continue
        seen[source]=seen.get(source,0)+len(frame)
        if sum(seen.values())>${COUNTED_BYTES}: print(json.dumps(seen),flush=True); seen=None
`;
/** More than its share could ever be. */
const guest = (tap: string, mac: string): string => `${HOLD}
tap=hold('${tap}'); frame=bytes.fromhex('020000000099'+'${mac}'.replace(':','')+'88b5')+bytes(1386); print('ready',flush=True)
try:
    while True:
        for _ in range(20): os.write(tap,frame)
        time.sleep(0.002)
except OSError: pass # its tap is gone
`;

const vif = (last: number, weight?: number): VifSpec => ({ vmUuid: randomUUID(), vmName: 'vm', device: '0', mac: `02:00:00:00:00:0${last}`, mtu: 1500, ...(weight === undefined ? {} : { weight }) });
const disciplines = (): string => host.run('tc', 'qdisc', 'show', 'dev', 'nic0');
const classes = (): number => host.run('tc', 'class', 'show', 'dev', 'nic0').trim().split('\n').filter(Boolean).length;
const table = (): boolean => /_weights/.test(host.run('nft', 'list', 'tables'));

describe.runIf(canNamespace())('a full uplink', () => {
  it('is shared by weight, as long as somebody has one, whatever becomes of the service', async () => {
    host.run('ip', 'tuntap', 'add', 'dev', 'nic0', 'mode', 'tap');
    const network: NetworkSpec = { uuid: randomUUID(), kind: 'bridge', bridge: 'xenbr0', mtu: 1500, uplink: 'nic0' };
    const uplink = host.spawn('python3', ['-c', UPLINK]), said = readline.createInterface({ input: uplink.stdout! })[Symbol.asyncIterator]();
    await said.next();
    const counted = async (): Promise<Record<string, number>> => { uplink.stdin!.write('count\n'); return JSON.parse(String((await said.next()).value)) as Record<string, number>; };
    const [heavy, plain] = [vif(1, 300), vif(2)];
    const ratio = async (): Promise<number> => { const { [heavy.mac]: a = 0, [plain.mac]: b = 0 } = await counted(); return a / b; };
    const plug = async (card: VifSpec): Promise<void> => {
      const { backend } = await bench.networks.plug(card, network);
      await once(host.spawn('python3', ['-c', guest(backend.by === 'tap' ? backend.ifname : '', card.mac)]).stdout!, 'data');
    };
    expect(await bench.networks.lacks('vif-weight')).toBe('');
    await plug(plain);
    expect([disciplines().includes('htb'), table()]).toEqual([false, false]); // nobody has a weight: the card keeps what it had
    await plug(heavy);
    expect(host.run('tc', 'class', 'show', 'dev', 'nic0')).toMatch(/ rate 7500Kbit ceil 10Mbit /);
    const three = await ratio();
    expect(three).toBeGreaterThan(2.2);
    expect(three).toBeLessThan(4);

    await bench.networks.change({ ...plain, weight: 300 }, network);
    const one = await ratio();
    expect(one).toBeGreaterThan(0.7);
    expect(one).toBeLessThan(1.5);

    // A service that was killed finds it again; a VIF that went meanwhile leaves its class behind for a moment only.
    await bench.kill();
    bench = await open();
    const before = classes();
    await bench.networks.tidy([network], [plain]);
    expect([before, classes(), table()]).toEqual([3, 2, true]);
    await bench.networks.change(plain, network);
    expect([disciplines().includes('htb'), table()]).toEqual([false, false]);

    // What the administrator has put there is his: the weight is kept, and the reason told.
    host.run('tc', 'qdisc', 'add', 'dev', 'nic0', 'root', 'handle', '1:', 'htb');
    await bench.networks.change({ ...plain, weight: 300 }, network);
    expect(await bench.networks.lacks('vif-weight')).toBe('the interface nic0 has a queueing discipline of its own (htb 1:), which is left as it is');
    host.run('tc', 'qdisc', 'delete', 'dev', 'nic0', 'root');
    await bench.networks.change({ ...plain, weight: 200 }, network);
    expect([await bench.networks.lacks('vif-weight'), classes()]).toEqual(['', 2]);
    await bench.networks.unplug(plain);
    expect([disciplines().includes('htb'), table()]).toEqual([false, false]);
  });
});
