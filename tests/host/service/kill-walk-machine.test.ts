import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nullRef, type Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { cable, canNamespace, makeNamespace, type Namespace } from '../../fixtures/netns';
import { plansWalkedBy } from './plans';
import { walkPlan, type Walk } from './walk';

/* The walk (kill-walk.test.ts) over the plans that need a guest that has booted, and over those of networks. One machine for all: it goes on while its service
 * is killed again and again. In a network namespace of its own. */

const KIB = 1024, MIB = KIB ** 2;
interface Scene { vm: Ref<'VM'>; disk: Ref<'VBD'>; drive: Ref<'VBD'>; card: Ref<'VIF'>; network: Ref<'network'>; other: Ref<'network'>; disc: Ref<'VDI'>; pif: Ref<'PIF'>; spare: Ref<'PIF'>; self: Ref<'host'> }

let inside: Namespace, outside: Namespace, host: TestHost, folder: string, scene: Scene;
beforeAll(async () => {
  if (!canNamespace()) return;
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kill-walk-'));
  [inside, outside] = [makeNamespace(), makeNamespace()];
  for (const card of ['0', '1', '2']) cable(inside, `nic${card}`, outside, `out${card}`);
  inside.run('ip', 'addr', 'add', '192.0.2.10/24', 'dev', 'nic0');
  inside.run('ip', 'route', 'add', 'default', 'via', '192.0.2.1');
  host = await startHost({ namespace: inside, args: ['--die-at-file', path.join(folder, 'die-at')] });
  const client = await host.connect();
  scene = await boot(client);
}, 300_000);
afterAll(async () => {
  await host?.dispose();
  await outside?.dispose();
  await inside?.dispose();
  if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
});

const boot = async (client: TestClient): Promise<Scene> => {
  const [self] = await client.call('host.get_all'), sr = await client.ref('SR', 'Local storage');
  const newVdi = (): Promise<Ref<'VDI'>> => client.call('VDI.create', { name_label: 'more', name_description: '', SR: sr, virtual_size: 8 * MIB, type: 'user', sharable: false, read_only: false, other_config: {} } as never);
  const newVbd = (fields: object): Promise<Ref<'VBD'>> => client.call('VBD.create', { VM: vm, VDI: nullRef<'VDI'>(), bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {}, qos_algorithm_type: 'ratelimit', qos_algorithm_params: {}, ...fields } as never);
  const newNetwork = (name: string): Promise<Ref<'network'>> => client.call('network.create', { name_label: name, name_description: '', MTU: 0, bridge: '', managed: true, tags: [], other_config: { kind: 'internal' } } as never);
  const vm = await client.newVm('walked'), disk = await newVbd({ userdevice: '1', VDI: await newVdi() }), drive = await newVbd({ userdevice: '3', type: 'CD', mode: 'RO', empty: true });
  const [network, other] = [await newNetwork('one'), await newNetwork('other')];
  const card = await client.call('VIF.create', { VM: vm, network, device: '1', MAC: '', MTU: 1500, other_config: {}, locking_mode: 'network_default', qos_algorithm_type: '', qos_algorithm_params: {} } as never);
  await client.call('VM.set_memory_limits', vm, 96 * MIB, 192 * MIB, 96 * MIB, 160 * MIB);
  await client.call('VM.set_VCPUs_max', vm, 8);
  await client.task('VM.start', vm, false, false);
  await client.until('VM', vm, record => record?.allowed_operations.includes('snapshot_with_quiesce') === true); // its agent answers: it has booted
  const pifs = Object.entries(await client.call('PIF.get_all_records')), pifOf = (device: string): Ref<'PIF'> => pifs.find(([, pif]) => pif.device === device)![0] as Ref<'PIF'>;
  return { vm, disk, drive, card, network, other, disc: await newVdi(), pif: pifOf('nic1'), spare: pifOf('nic2'), self: self! };
};

/** As many taps as cards that need one: no cable without its card, no card without its cable. */
const expectCables = async (client: TestClient): Promise<void> => {
  const taps = JSON.parse(inside.run('ip', '-j', '-d', 'link', 'show', 'type', 'tun')) as { ifname?: string }[];
  const vifs = Object.values(await client.call('VIF.get_all_records')), { other_config } = await client.call('network.get_record', vifs.find(({ device }) => device === '0')!.network);
  expect(other_config['kind']).toBe('user');
  expect(taps.filter(({ ifname }) => ifname !== undefined), 'cables').toHaveLength(vifs.filter(({ device, currently_attached }) => device === '1' && currently_attached).length);
};

/** The machine's group says what its record says, where this kernel has such groups. */
const expectWeight = async (client: TestClient): Promise<void> => {
  const { uuid, other_config } = await client.call('VM.get_record', scene.vm), file = `/sys/fs/cgroup/blkio/administrator-console/${uuid}/blkio.bfq.weight`;
  if (fs.existsSync(file)) expect(fs.readFileSync(file, 'utf8').trim()).toBe(other_config['io-weight'] ?? '100');
};

const isIn = (client: TestClient, vbd: Ref<'VBD'>): Promise<boolean> => client.call('VBD.get_currently_attached', vbd);
const isPlugged = (client: TestClient, vif: Ref<'VIF'>): Promise<boolean> => client.call('VIF.get_currently_attached', vif);
const isEmpty = (client: TestClient, vbd: Ref<'VBD'>): Promise<boolean> => client.call('VBD.get_empty', vbd);
const want = (plugged: boolean) => async (client: TestClient, { card }: Scene): Promise<void> => {
  if (await isPlugged(client, card) !== plugged) await client.call(plugged ? 'VIF.plug' : 'VIF.unplug', card);
};
const up = (is: boolean) => async (client: TestClient, { pif }: Scene): Promise<void> => { if (await client.call('PIF.get_currently_attached', pif) !== is) await client.call(is ? 'PIF.plug' : 'PIF.unplug', pif); };
const third = async (client: TestClient): Promise<Ref<'network'>> => {
  const [found] = await client.call('network.get_by_name_label', 'third');
  return found ?? client.call('network.create', { name_label: 'third', name_description: '', MTU: 0, bridge: '', managed: true, tags: [], other_config: { kind: 'internal' } } as never);
};
/** nic2, wherever it is known by now. */
const spare = async (client: TestClient): Promise<Ref<'PIF'> | undefined> => Object.entries(await client.call('PIF.get_all_records')).find(([, { device }]) => device === 'nic2')?.[0] as Ref<'PIF'> | undefined;
let limit = 1000;

const WALKS: readonly Walk<Scene>[] = [
  { plan: 'VBD.set_qos_algorithm_params', act: (client, { disk }) => client.call('VBD.set_qos_algorithm_params', disk, { kbps: String(++limit) }) },
  { plan: 'VDI.resize_online', act: async (client, { disk }) => { const vdi = await client.call('VBD.get_VDI', disk); await client.call('VDI.resize_online', vdi, await client.call('VDI.get_virtual_size', vdi) + MIB); } },
  { plan: 'VBD.insert', prepare: async (client, { drive }) => { if (!await isEmpty(client, drive)) await client.call('VBD.eject', drive); }, act: (client, { drive, disc }) => client.call('VBD.insert', drive, disc), done: async (client, { drive }) => !await isEmpty(client, drive) },
  { plan: 'VBD.eject', prepare: async (client, { drive, disc }) => { if (await isEmpty(client, drive)) await client.call('VBD.insert', drive, disc); }, act: (client, { drive }) => client.call('VBD.eject', drive), done: (client, { drive }) => isEmpty(client, drive) },
  { plan: 'VBD.unplug', prepare: async (client, { disk }) => { if (!await isIn(client, disk)) await client.call('VBD.plug', disk); }, act: (client, { disk }) => client.call('VBD.unplug', disk), done: async (client, { disk }) => !await isIn(client, disk) },
  { plan: 'VM.set_other_config', act: async (client, { vm }) => client.call('VM.set_other_config', vm, { ...await client.call('VM.get_other_config', vm), 'io-weight': String(++limit % 1000 + 1) }) },
  { plan: 'VM.set_memory_target_live', act: async (client, { vm }) => client.call('VM.set_memory_target_live', vm, await client.call('VM.get_memory_target', vm) === 112 * MIB ? 128 * MIB : 112 * MIB) },
  { plan: 'VM.set_VCPUs_number_live', act: async (client, { vm }) => client.call('VM.set_VCPUs_number_live', vm, await client.call('VM_metrics.get_VCPUs_number', await client.call('VM.get_metrics', vm)) + 1) },
  { plan: 'VIF.unplug', prepare: want(true), act: (client, { card }) => client.call('VIF.unplug', card), done: async (client, { card }) => !await isPlugged(client, card) },
  { plan: 'VIF.plug', prepare: want(false), act: (client, { card }) => client.call('VIF.plug', card), done: (client, { card }) => isPlugged(client, card) },
  { plan: 'VIF.move', prepare: want(true), act: async (client, { card, network, other }) => client.call('VIF.move', card, await client.call('VIF.get_network', card) === network ? other : network) },
  { plan: 'network.set_default_locking_mode', prepare: want(true), act: async (client, { card }) => { const on = await client.call('VIF.get_network', card); await client.call('network.set_default_locking_mode', on, await client.call('network.get_default_locking_mode', on) === 'unlocked' ? 'disabled' : 'unlocked'); } },
  { plan: 'network.attach', act: async (client, { self }) => client.call('network.attach', await third(client), self) },
  { plan: 'network.destroy', prepare: async (client, { self }) => client.call('network.attach', await third(client), self), act: async client => client.call('network.destroy', await third(client)), done: async client => (await client.call('network.get_by_name_label', 'third')).length === 0 },
  { plan: 'PIF.plug', prepare: up(false), act: (client, { pif }) => client.call('PIF.plug', pif) },
  { plan: 'PIF.unplug', prepare: up(true), act: (client, { pif }) => client.call('PIF.unplug', pif) },
  { plan: 'PIF.reconfigure_ip', act: (client, { pif }) => client.call('PIF.reconfigure_ip', pif, 'Static', `198.51.100.${++limit % 200 + 1}`, '255.255.255.0', '', '') },
  // Nobody confirms it: each start goes back.
  { plan: 'host.management_reconfigure', act: async (client, { pif, self }) => { if (await client.call('host.get_management_interface', self) !== pif) await client.call('host.management_reconfigure', pif); }, done: () => Promise.resolve(true) },
  { plan: 'PIF.forget', prepare: async (client, { self }) => client.call('PIF.scan', self).then(async () => { if (!await spare(client)) await client.call('PIF.introduce', self, '', 'nic2'); }), act: async client => client.call('PIF.forget', (await spare(client))!), done: async client => await spare(client) === undefined },
];

it('walks its share', () => { expect([...new Set(WALKS.map(({ plan }) => plan))].sort()).toEqual(plansWalkedBy('kill-walk-machine')); });

describe.runIf(canNamespace()).each(WALKS)('a service that dies in $plan', walk => {
  it('is whole again after the next start, whichever boundary it was', () => walkPlan({ host, dieAt: path.join(folder, 'die-at'), scene: () => Promise.resolve(scene), look: async client => { await expectCables(client); await expectWeight(client); } }, walk), 300_000);
});
