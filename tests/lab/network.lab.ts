import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Ref } from '../../src/shared/api';
import type { TestClient } from '../fixtures/host';
import { startLab, type Lab } from './machine';

/* VLANs and a bond, by the API, on two cables of the machine; a network namespace at their other end is the world outside. */

let lab: Lab, client: TestClient, bond: Ref<'Bond'>;
const networks = new Map<string, Ref<'network'>>();

/** A guest in all but name: a namespace with one card on a network's bridge. */
const guest = async (name: string, network: string, ...addresses: string[]): Promise<void> => {
  const bridge = await client.call('network.get_bridge', networks.get(network)!);
  await lab.run(`ip netns add ${name} && ip link add v-${name} type veth peer name eth0 netns ${name} && ip link set v-${name} master ${bridge} up && ip -n ${name} link set eth0 up
    ${addresses.map(address => `ip -n ${name} addr add ${address}/24 dev eth0`).join('\n')}`);
};
const reaches = async (from: string, to: string): Promise<boolean> => (await lab.run(`ip netns exec ${from} ping -c 1 -W 2 ${to} > /dev/null && echo yes || echo no`)) === 'yes\n';
/** A bond takes a moment to see that a plug was pulled. */
const comesToReach = async (from: string, to: string): Promise<void> => { await lab.run(`for try in $(seq 100); do ip netns exec ${from} ping -c 1 -W 1 ${to} > /dev/null && exit 0; done; exit 1`); };

beforeAll(async () => {
  lab = await startLab();
  await lab.run('modprobe 8021q; modprobe bonding max_bonds=0; ip netns add outside && ip link set eth3 netns outside && ip -n outside link set eth3 up && ip -n outside addr add 10.9.0.1/24 dev eth3');
  for (const tag of [100, 200]) await lab.run(`ip -n outside link add link eth3 name eth3.${tag} type vlan id ${tag} && ip -n outside link set eth3.${tag} up && ip -n outside addr add 10.9.${tag}.1/24 dev eth3.${tag}`);
  client = await lab.client();
});
afterAll(async () => { await lab.end(); });

it('bonds two interfaces', async () => {
  const [host] = await client.call('host.get_all');
  await client.call('PIF.scan', host!);
  const pifs = Object.entries(await client.call('PIF.get_all_records')), members = ['eth1', 'eth2'].map(device => pifs.find(([, pif]) => pif.device === device)![0] as Ref<'PIF'>);
  for (const name of ['bonded', 'red', 'blue']) networks.set(name, await client.call('network.create', { name_label: name, name_description: '', MTU: 1500, other_config: {}, bridge: '', managed: true, tags: [] } as never));
  bond = await client.task('Bond.create', networks.get('bonded')!, members, '', 'active-backup', {}) as Ref<'Bond'>;
  expect(await client.call('Bond.get_record', bond)).toMatchObject({ mode: 'active-backup', slaves: expect.arrayContaining(members) as string[] });
});

it('keeps two VLANs on it apart', async () => {
  const { master } = await client.call('Bond.get_record', bond);
  for (const [name, tag] of [['red', 100], ['blue', 200]] as const) {
    await client.task('VLAN.create', master, tag, networks.get(name)!);
    await client.call('network.attach', networks.get(name)!, (await client.call('host.get_all'))[0]!);
  }
  await guest('r1', 'red', '10.9.100.11', '10.9.55.1');
  await guest('r2', 'red', '10.9.100.12', '10.9.55.2');
  await guest('b1', 'blue', '10.9.200.11', '10.9.55.3');
  await comesToReach('r1', '10.9.100.1');
  await comesToReach('b1', '10.9.200.1');
  expect(await reaches('r1', '10.9.55.2')).toBe(true); // the same VLAN
  expect(await reaches('r1', '10.9.55.3')).toBe(false); // the same subnet, another VLAN
  expect(await reaches('b1', '10.9.55.2')).toBe(false);
  await expect(client.task('VLAN.create', master, 100, networks.get('bonded')!)).rejects.toBeDefined();
});

it('goes on when a cable is pulled, whichever', async () => {
  for (const cable of ['eth1', 'eth2'] as const) {
    await lab.cable(cable, false);
    await comesToReach('r1', '10.9.100.1');
    await client.call('PIF.scan', (await client.call('host.get_all'))[0]!);
    expect(Number((await client.call('Bond.get_record', bond)).links_up)).toBe(1);
    await lab.cable(cable, true);
    await lab.run('for i in $(seq 100); do grep -q 1 /sys/class/net/eth1/carrier && grep -q 1 /sys/class/net/eth2/carrier && exit 0; sleep 0.1; done; exit 1');
  }
});

it('outlives the service; the next start takes away what a crash has left between device and record', async () => {
  const vlans = async (): Promise<string[]> => (await lab.run('ip -o link show type vlan | sed "s/^[0-9]*: //; s/@.*//"')).trim().split('\n').sort();
  const before = await vlans(), { device } = await client.call('PIF.get_record', (await client.call('Bond.get_record', bond)).master);
  await lab.run(`ip link add link ${device} name left type vlan id 77 && ip link set left alias "$(cat /sys/class/net/${before[0]!}/ifalias)" && ip link add link ${device} name theirs type vlan id 78`);
  await lab.killService();
  client = await lab.client();
  expect(await vlans()).toEqual([...before, 'theirs'].sort());
  await comesToReach('r1', '10.9.100.1');
  expect(await client.call('Bond.get_record', bond)).toMatchObject({ mode: 'active-backup' });
  await lab.run('ip link delete theirs');
});

it('is all there again after the power was cut', async () => {
  await lab.powerCut();
  await lab.run('modprobe 8021q; modprobe bonding max_bonds=0; ip netns add outside && ip link set eth3 netns outside && ip -n outside link set eth3 up && ip -n outside link add link eth3 name eth3.100 type vlan id 100 && ip -n outside link set eth3.100 up && ip -n outside addr add 10.9.100.1/24 dev eth3.100');
  client = await lab.client();
  await client.call('network.attach', networks.get('red')!, (await client.call('host.get_all'))[0]!);
  await guest('r1', 'red', '10.9.100.11');
  await comesToReach('r1', '10.9.100.1');
});

it('is taken down in order, and nothing is left', async () => {
  await lab.run('ip link del v-r1; ip netns del r1');
  await expect(client.task('Bond.destroy', bond)).rejects.toBeDefined(); // VLANs are on it
  for (const [vlan] of Object.entries(await client.call('VLAN.get_all_records'))) await client.task('VLAN.destroy', vlan);
  await client.task('Bond.destroy', bond);
  expect(await lab.run('ip -o link | grep -E "bond[0-9]|@eth[12]|\\.(100|200)[:@]" || true')).toBe('');
});
