/* 1,000 and 10,000 defined VMs: all records in one call, the first filling by events, the service's memory and its start; beside libvirt with as many domains. */
import { RecordCache, watchRecords } from '../src/client';
import { startHost } from '../tests/fixtures/host';
import { fillStore } from './fill-store';
import { report, residentMib } from './measure';
import { startLibvirtInventory, type LibvirtInventory } from './peers/libvirt-inventory';

const SIZES = [1_000, 10_000];
const ROUNDS = 5;

const timed = async (work: () => unknown): Promise<number> => { const begin = performance.now(); await work(); return performance.now() - begin; };
const times = async (work: () => Promise<number>): Promise<number[]> => { const values: number[] = []; for (let i = 0; i < ROUNDS; i++) values.push(await work()); return values; };

for (const count of SIZES) {
  const host = await startHost();
  let libvirt: LibvirtInventory | undefined;
  try {
    libvirt = await startLibvirtInventory(count);
    if (!libvirt) console.log('libvirt is not here (root, libvirt-daemon-system, python3-libvirt): left out');
    await host.stop();
    fillStore(host.data, count);
    const startMs = await timed(() => host.start());
    const pid = host.pid ?? 0, untouched = residentMib(pid);
    const client = await host.connect();
    const filledFrom = async (): Promise<number> => {
      const cache = new RecordCache();
      let full = (): void => { /* set below */ };
      const filled = new Promise<void>(resolve => { full = resolve; });
      const begin = performance.now();
      const watch = watchRecords(client, { cache, onPatch: () => { if (cache.all('VM').size >= count && cache.all('VIF').size >= count) full(); }, onEnd: () => { /* closed below */ } });
      await filled;
      const ms = performance.now() - begin;
      watch.dispose();
      return ms;
    };
    const first = await filledFrom(), afterFirst = residentMib(pid);
    const all = await times(() => timed(() => client.call('VM.get_all_records')));
    const fills = await times(filledFrom);
    const peer = libvirt;
    report(`${count} VMs: every record, over a kept connection`, [
      ...(peer ? [{ name: 'libvirt RPC: getAllDomainStats', values: await times(() => peer.stats()) }, { name: 'virsh list --all (a process each time)', values: await times(() => peer.list()) }] : []),
      { name: 'our host: VM.get_all_records, parsed', values: all },
      { name: 'our host: first filling by event.from (VM, VIF, VBD, VM_metrics, ...)', values: fills },
      { name: 'our host: the very first filling, nothing compiled yet', values: [first] },
    ]);
    report(`${count} VMs: the daemon`, [
      ...(peer ? [{ name: 'libvirtd', values: [peer.rssMib()], unit: 'MiB RSS' }] : []),
      { name: 'our host service, nobody has asked', values: [untouched], unit: 'MiB RSS' },
      { name: 'our host service, filled twice (the benchmark\'s client, then the first of these)', values: [afterFirst], unit: 'MiB RSS' },
      { name: 'our host service, at the end (all records and fillings, five times each)', values: [residentMib(pid)], unit: 'MiB RSS' },
    ]);
    report(`${count} VMs: service start to ready`, [{ name: 'our host service', values: [startMs] }]);
  } finally {
    await libvirt?.dispose();
    await host.dispose();
  }
}
