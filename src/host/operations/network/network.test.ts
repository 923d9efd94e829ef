import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeBench, type Bench } from '../../../../tests/fixtures/desk';
import { card } from '../../../../tests/fixtures/networks';
import type { Ref } from '../../../shared/api';
import { NetworkError } from '../../network/contract';
import { MANAGEMENT_CONFIRM_MS } from '../pif/management';
import { reconcileNetworks } from './reconcile';
import { networkSpec, vifSpec } from './spec';

/* Networks, PIFs, VLANs and bonds over networks in memory; tests/host/network does it on the kernel. */

let bench: Bench;
beforeEach(async () => {
  bench = await makeBench();
  bench.networks.present = [card('eth0', { defaultRoute: true, gateway: '192.0.2.1', addresses: [{ address: '192.0.2.10', netmask: '255.255.255.0', family: 4 }] }), card('eth1'), card('eth2')];
  await bench.handlers['PIF.scan']!(bench.context(), host());
});
afterEach(() => { vi.useRealTimers(); });

const host = (): Ref<'host'> => [...bench.store.all('host').keys()][0]!;
const pif = (device: string): Ref<'PIF'> => [...bench.store.all('PIF')].find(([, one]) => one.device === device && one.VLAN < 0)![0];
const made = (other_config: Record<string, string> = {}, more: object = {}): Promise<Ref<'network'>> =>
  Promise.resolve(bench.handlers['network.create']!(bench.context(), { name_label: 'n', name_description: '', MTU: 0, other_config, bridge: '', managed: true, tags: [], ...more } as never));
const record = (ref: Ref<'network'>) => bench.store.get('network', ref);
/** By name, with whatever arguments; what it throws is a rejection. */
const call = (method: string, ...args: unknown[]): Promise<unknown> => Promise.resolve().then(() => (bench.handlers as unknown as Record<string, (...all: unknown[]) => unknown>)[method]!(bench.context(), ...args));

describe('networks', () => {
  it('are made of what other_config says, each with a place of its own', async () => {
    const [a, b, nat, nat2] = [await made(), await made(), await made({ kind: 'nat' }), await made({ kind: 'nat' })];
    expect([a, b, nat].map(ref => record(ref).bridge)).toEqual(['xapi0', 'xapi1', 'xapi2']);
    expect([nat, nat2].map(ref => networkSpec(bench.store, ref).subnet)).toEqual(['10.87.0.1/24', '10.87.1.1/24']);
    expect(record(a)).toMatchObject({ MTU: 1500, other_config: { kind: 'internal' }, allowed_operations: ['attaching'] });
    await expect(made({ kind: 'nat', subnet: '10.87.1.128/25' })).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED' });
    await expect(made({ kind: 'nat', subnet: 'x' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(made({ kind: 'token-ring' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(made({}, { MTU: 10 })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(made({}, { bridge: 'xapi0' })).rejects.toMatchObject({ code: 'BRIDGE_NAME_EXISTS' });
    await expect(made({}, { bridge: 'a b' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(made({}, { bridge: 'br0', managed: false })).rejects.toMatchObject({ code: 'BRIDGE_NOT_AVAILABLE' });
    bench.networks.missing.set('nat', 'not installed: dnsmasq');
    await expect(made({ kind: 'nat' })).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED', params: ['network', 'nat', 'not installed: dnsmasq'] });
  });

  it('take the interface of the host, and give it back', async () => {
    const home = bench.store.get('PIF', pif('eth0')).network;
    const bridge = await made({ kind: 'bridge', device: 'eth0' });
    expect(networkSpec(bench.store, bridge)).toMatchObject({ kind: 'bridge', uplink: 'eth0', bridge: expect.stringMatching(/^xenbr/) as string });
    await expect(made({ kind: 'bridge', device: 'eth0' })).rejects.toMatchObject({ code: 'NETWORK_ALREADY_CONNECTED' });
    // A network that a scan has made gives way, unless a VM is on it.
    await made({ kind: 'bridge', device: 'eth1' });
    expect([...bench.store.all('network').values()].map(({ name_label }) => name_label)).not.toContain('Network on eth1');
    await call('network.attach', bridge, host());
    await call('network.destroy', bridge);
    expect(bench.networks.networks.size).toBe(0);
    expect(bench.store.get('PIF', pif('eth0')).network).toBe(home);
    await expect(call('network.destroy', home)).rejects.toMatchObject({ code: 'CANNOT_DESTROY_SYSTEM_NETWORK' });
  });

  it('keep what they are made of, and guard their fields', async () => {
    const ref = await made({ kind: 'nat' });
    await expect(call('network.set_other_config', ref, {})).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    await expect(call('network.remove_from_other_config', ref, 'subnet')).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    await call('network.add_to_other_config', ref, 'folder', '/a');
    await expect(call('network.add_to_other_config', ref, 'folder', '/b')).rejects.toMatchObject({ code: 'MAP_DUPLICATE_KEY' });
    await call('network.add_purpose', ref, 'nbd');
    await expect(call('network.add_purpose', ref, 'insecure_nbd')).rejects.toMatchObject({ code: 'NETWORK_INCOMPATIBLE_PURPOSES' });
    await call('network.remove_purpose', ref, 'nbd');
    await call('network.set_MTU', ref, 9000);
    expect(record(ref)).toMatchObject({ MTU: 9000, purpose: [] });
    await expect(call('network.set_MTU', ref, 1)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  });

  it('lock the VIFs that follow them, all or none', async () => {
    const ref = await made(), vm = await bench.newVm();
    const [vif] = bench.store.get('VM', vm).VIFs;
    bench.store.transaction(tx => { tx.set('VIF', vif!, { network: ref, currently_attached: true, qos_algorithm_type: 'ratelimit', qos_algorithm_params: { kbps: '100' } }); });
    const { uuid } = bench.store.get('VM', vm), key = `${uuid}/0`;
    bench.networks.trouble.set('change', new NetworkError('failed', 'no'));
    await expect(call('network.set_default_locking_mode', ref, 'disabled')).rejects.toMatchObject({ code: 'PIF_CONFIGURATION_ERROR' });
    expect(record(ref).default_locking_mode).toBe('unlocked');
    await call('network.set_default_locking_mode', ref, 'disabled');
    expect(bench.networks.vifs.get(key)?.vif).toMatchObject({ lock: { blocked: true }, kilobytesPerSecond: 100 });
    expect(vifSpec(bench.store.get('VM', vm), { ...bench.store.get('VIF', vif!), locking_mode: 'locked', ipv4_allowed: ['10.0.0.1'] }, record(ref)).lock).toMatchObject({ ipv4: ['10.0.0.1'], blocked: false });
    await expect(call('network.set_MTU', ref, 1400)).rejects.toMatchObject({ code: 'VIF_IN_USE' });
    await expect(call('network.destroy', ref)).rejects.toMatchObject({ code: 'NETWORK_CONTAINS_VIF' });
    await call('network.set_default_locking_mode', ref, 'unlocked');
    expect(bench.networks.vifs.get(key)?.vif.lock).toBeUndefined();
  });
});

describe('PIFs', () => {
  it('are the interfaces of the machine', async () => {
    const all = [...bench.store.all('PIF').values()];
    expect(all.map(({ device, management }) => [device, management])).toEqual([['eth0', true], ['eth1', false], ['eth2', false]]);
    expect(bench.store.get('PIF_metrics', all[1]!.metrics)).toMatchObject({ carrier: true, speed: 1000, vendor_id: '1af4', pci_bus_path: '0000:00:03.0' });
    await call('PIF.forget', pif('eth1'));
    expect([...bench.store.all('network').values()].map(({ name_label }) => name_label)).not.toContain('Network on eth1');
    await reconcileNetworks(bench.desk); // a start of the service does not bring it back
    expect([...bench.store.all('PIF').values()]).toHaveLength(2);
    await expect(call('PIF.introduce', host(), '02:00:00:00:00:99', 'eth1', true)).rejects.toMatchObject({ code: 'COULD_NOT_FIND_NETWORK_INTERFACE_WITH_SPECIFIED_DEVICE_NAME_AND_MAC_ADDRESS' });
    await call('PIF.introduce', host(), '', 'eth1', true);
    await expect(call('PIF.introduce', host(), '', 'eth1', true)).rejects.toMatchObject({ code: 'DUPLICATE_PIF_DEVICE_NAME' });
    bench.networks.present = bench.networks.present.filter(({ device }) => device !== 'eth2');
    await call('PIF.scan', host());
    expect(bench.store.get('PIF', pif('eth2'))).toMatchObject({ currently_attached: false });
  });

  it('go back to their address when nobody confirms in time', async () => {
    vi.useFakeTimers();
    await call('PIF.reconfigure_ip', pif('eth0'), 'Static', '192.0.2.20', '255.255.255.0', '192.0.2.1', '');
    expect(bench.networks.configured.get('eth0')).toMatchObject({ address: '192.0.2.20' });
    await vi.advanceTimersByTimeAsync(MANAGEMENT_CONFIRM_MS - 1);
    expect(bench.store.get('PIF', pif('eth0')).IP).toBe('192.0.2.20');
    await vi.advanceTimersByTimeAsync(1);
    expect(bench.networks.configured.get('eth0')).toMatchObject({ address: '192.0.2.10', mode: 'Static', gateway: '192.0.2.1' });
    expect(bench.store.get('PIF', pif('eth0'))).toMatchObject({ IP: '192.0.2.10', ip_configuration_mode: 'None', properties: {} });
  });

  it('keep their address when the change fails', async () => {
    bench.networks.trouble.set('configure', new NetworkError('failed', 'no'));
    await expect(call('PIF.reconfigure_ip', pif('eth0'), 'Static', '192.0.2.20', '255.255.255.0', '', '')).rejects.toMatchObject({ code: 'PIF_CONFIGURATION_ERROR' });
    expect(bench.store.get('PIF', pif('eth0')).IP).toBe('192.0.2.10');
    await call('PIF.reconfigure_ip', pif('eth1'), 'Static', '198.51.100.1', '255.255.255.0', '', '');
    // Another interface becomes the one for management, and goes back likewise.
    await call('host.management_reconfigure', pif('eth1'));
    expect(await call('host.get_management_interface', host())).toBe(pif('eth1'));
    await reconcileNetworks(bench.desk);
    expect(await call('host.get_management_interface', host())).toBe(pif('eth0'));
  });
});

describe('VLANs and bonds', () => {
  it('make a VLAN, once, and take it away', async () => {
    const network = await made(), other = await made();
    const [untagged] = await call('pool.create_VLAN_from_PIF', pif('eth1'), network, 17) as Ref<'PIF'>[];
    expect(networkSpec(bench.store, network)).toMatchObject({ kind: 'bridge', uplink: 'eth1.17' });
    const vlan = bench.store.get('PIF', untagged!).VLAN_master_of;
    expect(bench.store.get('PIF', pif('eth1')).VLAN_slave_of).toEqual([vlan]);
    for (const [args, code] of [[[pif('eth1'), 17, other], 'PIF_VLAN_EXISTS'], [[pif('eth1'), 0, other], 'VLAN_TAG_INVALID'], [[pif('eth1'), 4095, other], 'VLAN_TAG_INVALID'], [[pif('eth1'), 18, network], 'NETWORK_ALREADY_CONNECTED'], [[untagged, 18, other], 'PIF_IS_VLAN']] as const) {
      await expect(call('VLAN.create', ...args)).rejects.toMatchObject({ code });
    }
    await expect(call('PIF.forget', pif('eth1'))).rejects.toMatchObject({ code: 'PIF_VLAN_STILL_EXISTS' });
    await expect(call('PIF.destroy', pif('eth1'))).rejects.toMatchObject({ code: 'PIF_IS_PHYSICAL' });
    await expect(call('network.destroy', network)).rejects.toMatchObject({ code: 'NETWORK_CONTAINS_PIF' });
    bench.networks.devices.clear(); // as after a restart of the machine
    await reconcileNetworks(bench.desk);
    expect([...bench.networks.devices.keys()]).toEqual(['eth1.17']);
    bench.networks.trouble.set('destroyVlan', new NetworkError('failed', 'no'));
    await expect(call('VLAN.destroy', vlan)).rejects.toMatchObject({ code: 'PIF_CONFIGURATION_ERROR' });
    expect(bench.store.find('VLAN', vlan)).toBeDefined();
    await call('PIF.destroy', untagged);
    expect(bench.networks.devices.size + bench.store.all('VLAN').size).toBe(0);
    await call('network.destroy', network);
  });

  it('leave no VLAN without a record', async () => {
    const network = await made();
    await Promise.allSettled([call('VLAN.create', pif('eth1'), 5, network), call('VLAN.create', pif('eth1'), 5, network)]);
    expect(bench.store.all('VLAN').size).toBe(1);
    expect([...bench.networks.devices.keys()]).toEqual(['eth1.5']);
    bench.networks.devices.set('eth2.9', ['eth2']); // made, then killed
    await reconcileNetworks(bench.desk);
    expect([...bench.networks.devices.keys()]).toEqual(['eth1.5']);
    bench.networks.missing.set('vlan', 'the kernel has no VLANs (module 8021q)');
    await expect(call('VLAN.create', pif('eth2'), 5, await made())).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED', params: ['network', 'vlan', 'the kernel has no VLANs (module 8021q)'] });
  });

  it('bond interfaces', async () => {
    const network = await made(), two = [pif('eth1'), pif('eth2')];
    for (const [args, code] of [
      [[network, [pif('eth1')], '', 'lacp', {}], 'PIF_BOND_NEEDS_MORE_MEMBERS'], [[network, [pif('eth0'), pif('eth1')], '', 'lacp', {}], 'PIF_IS_MANAGEMENT_INTERFACE'],
      [[network, two, 'x', 'lacp', {}], 'MAC_INVALID'], [[network, two, '', 'balance-slb', {}], 'VALUE_NOT_SUPPORTED'],
    ] as const) await expect(call('Bond.create', ...args)).rejects.toMatchObject({ code });
    const bond = await call('Bond.create', network, two, '', 'active-backup', {}) as Ref<'Bond'>;
    expect(bench.networks.devices.get('bond0')).toEqual(['active-backup', 'eth1', 'eth2']);
    expect(bench.store.get('Bond', bond)).toMatchObject({ links_up: 2, primary_slave: two[0], slaves: two });
    expect(networkSpec(bench.store, network)).toMatchObject({ kind: 'bridge', uplink: 'bond0' });
    await expect(call('Bond.create', await made(), two, '', 'lacp', {})).rejects.toMatchObject({ code: 'PIF_ALREADY_BONDED' });
    await expect(call('VLAN.create', two[0], 5, await made())).rejects.toMatchObject({ code: 'CANNOT_ADD_VLAN_TO_BOND_SLAVE' });
    await expect(call('PIF.plug', two[0])).rejects.toMatchObject({ code: 'CANNOT_PLUG_BOND_SLAVE' });
    await call('Bond.set_mode', bond, 'lacp');
    expect(bench.networks.devices.get('bond0')?.[0]).toBe('lacp');
    bench.networks.devices.clear();
    await reconcileNetworks(bench.desk);
    expect(bench.networks.devices.get('bond0')).toEqual(['lacp', 'eth1', 'eth2']);
    await call('Bond.destroy', bond);
    expect(bench.networks.devices.size).toBe(0);
    expect(two.map(ref => bench.store.get('PIF', ref).bond_slave_of)).toEqual(['OpaqueRef:NULL', 'OpaqueRef:NULL']);
  });
});
