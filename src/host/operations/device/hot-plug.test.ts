import { beforeEach, describe, expect, it } from 'vitest';
import { nullRef, type Ref } from '../../../shared/api';
import { EngineError, type GuestFacts } from '../../engine/contract';
import { NetworkError } from '../../network/contract';
import { alertsIn, makeBench, type Bench } from '../../../../tests/fixtures/desk';
import { assertVmOperation } from '../lock';
import { reconcile } from '../reconcile';
import { followEngine } from '../vm/follow';
import { refreshGuests } from '../vm/guest-refresh';

/* Devices of running VMs in the records, on an engine in memory that can be told to fail. tests/host/vm/devices.test.ts does the same on QEMU. */

const MIB = 1024 ** 2;
let bench: Bench, vm: Ref<'VM'>, uuid: string;

const call = async (name: string, ...args: readonly unknown[]): Promise<unknown> => await (bench.handlers as Record<string, (...all: unknown[]) => unknown>)[name]!(bench.context(), ...args);
const newDisk = async (): Promise<Ref<'VDI'>> => await call('VDI.create', { name_label: 'more', name_description: '', SR: bench.sr, virtual_size: 8 * MIB, type: 'user', sharable: false, read_only: false, other_config: {} }) as Ref<'VDI'>;
const newVbd = async (fields: object): Promise<Ref<'VBD'>> => await call('VBD.create', { VM: vm, VDI: nullRef<'VDI'>(), userdevice: 'autodetect', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {}, ...fields }) as Ref<'VBD'>;
const vbd = (ref: Ref<'VBD'>) => bench.store.get('VBD', ref);
const engineDisks = () => [...bench.engine.plugged.get(uuid)?.disks.keys() ?? []];
const settled = () => new Promise(resolve => { setImmediate(resolve); });

beforeEach(async () => {
  bench = await makeBench();
  vm = await bench.newVm({ VCPUs_max: 4, memory_static_max: 128 * MIB, memory_dynamic_max: 96 * MIB });
  uuid = bench.store.get('VM', vm).uuid;
});

describe('a disk of a running VM', () => {
  let extra: Ref<'VBD'>;
  beforeEach(async () => {
    extra = await newVbd({ VDI: await newDisk() });
    expect(vbd(extra).allowed_operations).toEqual(['attach']);
    await expect(call('VBD.plug', extra)).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE' });
    bench.store.transaction(tx => { tx.destroy('VBD', extra); });
    await call('VM.start', vm, false, false);
    extra = await newVbd({ VDI: await newDisk() });
  });

  it('is plugged and unplugged, and says what can be done with it', async () => {
    expect(vbd(extra)).toMatchObject({ currently_attached: false, allowed_operations: ['attach', 'plug'], qos_supported_algorithms: ['ratelimit'] });
    await call('VBD.plug', extra);
    expect(vbd(extra)).toMatchObject({ currently_attached: true, device: 'vdb', unpluggable: true, allowed_operations: ['unplug', 'unplug_force'], current_operations: {} });
    expect(engineDisks()).toEqual(['0', '1']);
    await expect(call('VBD.plug', extra)).rejects.toMatchObject({ code: 'DEVICE_ALREADY_ATTACHED' });
    await expect(call('VDI.destroy', vbd(extra).VDI)).rejects.toMatchObject({ code: 'VDI_IN_USE' });
    await call('VBD.unplug', extra);
    expect(vbd(extra)).toMatchObject({ currently_attached: false, device: '' });
    expect(engineDisks()).toEqual(['0']);
    await expect(call('VBD.unplug', extra)).rejects.toMatchObject({ code: 'DEVICE_ALREADY_DETACHED' });
    await call('VBD.unplug_force', extra);
  });

  it('is the machine\'s when a cancelled plug finds a guest that does not let go', async () => {
    const cancel = new AbortController(), plug = bench.engine.attachDisk.bind(bench.engine);
    bench.engine.attachDisk = async (...args) => { await plug(...args); cancel.abort(); };
    bench.engine.trouble.set('detachDisk', new EngineError('refused', 'the guest does not let go'));
    await expect(bench.handlers['VBD.plug']!(bench.context(cancel.signal), extra)).rejects.toThrow();
    expect([engineDisks(), vbd(extra).currently_attached]).toEqual([['0', '1'], true]);
    await expect(call('VDI.destroy', vbd(extra).VDI)).rejects.toMatchObject({ code: 'VDI_IN_USE' });
  });

  it('stays where it was when QEMU or the guest says no', async () => {
    bench.engine.trouble.set('attachDisk', new EngineError('refused', 'the image is odd'));
    await expect(call('VBD.plug', extra)).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    expect(vbd(extra)).toMatchObject({ currently_attached: false, device: '', current_operations: {} });
    bench.engine.trouble.clear();
    await call('VBD.plug', extra);
    bench.engine.trouble.set('detachDisk', new EngineError('refused', 'the guest does not let go'));
    await expect(call('VBD.unplug', extra)).rejects.toMatchObject({ code: 'DEVICE_DETACH_REJECTED', params: ['VBD', extra, 'the guest does not let go'] });
    expect(vbd(extra).currently_attached).toBe(true);
    // Later it does.
    const following = followEngine(bench.desk);
    bench.engine.announce({ uuid, on: 'unplugged', kind: 'VBD', device: vbd(extra).userdevice });
    await settled();
    following.dispose();
    expect(vbd(extra)).toMatchObject({ currently_attached: false, device: '' });
  });

  it('keeps the VM\'s own operations off while it is plugged, and the other way round; but not the way out', async () => {
    let go = (): void => {};
    bench.engine.trouble.set('attachDisk', new Promise<void>(resolve => { go = resolve; }));
    const plugging = call('VBD.plug', extra);
    await settled();
    expect(vbd(extra).allowed_operations).toEqual([]);
    expect(bench.store.get('VM', vm).allowed_operations).not.toContain('snapshot');
    expect(bench.store.get('VM', vm).allowed_operations).toContain('hard_shutdown');
    expect(() => { assertVmOperation(bench.store, vm, 'snapshot'); }).toThrow(expect.objectContaining({ code: 'OTHER_OPERATION_IN_PROGRESS', params: ['VBD', extra, 'plug', expect.any(String)] }) as Error);
    await expect(call('VBD.plug', extra)).rejects.toMatchObject({ code: 'OTHER_OPERATION_IN_PROGRESS' });
    await expect(call('VBD.destroy', extra)).rejects.toMatchObject({ code: expect.stringMatching(/OTHER_OPERATION_IN_PROGRESS|OPERATION_NOT_ALLOWED/) as string });
    go();
    await plugging;
    expect(vbd(extra).current_operations).toEqual({});
  });

  it('is not made with limits or addresses that mean nothing', async () => {
    const VDI = await newDisk();
    await expect(newVbd({ VDI, qos_algorithm_type: 'ionice' })).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED' });
    await expect(newVbd({ VDI, qos_algorithm_type: 'ratelimit', qos_algorithm_params: { kbps: 'fast' } })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    const card = { VM: vm, network: [...bench.store.all('network').keys()][0], device: 'autodetect', MAC: '', MTU: 0, other_config: {} };
    await expect(call('VIF.create', { ...card, qos_algorithm_type: 'ratelimit', qos_algorithm_params: { kbps: '-1' } })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    for (const weight of ['0', '1001', 'much', '']) await expect(call('VIF.create', { ...card, qos_algorithm_params: { weight } })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(call('VIF.create', { ...card, locking_mode: 'locked', ipv4_allowed: ['10.0.0.300'] })).rejects.toMatchObject({ code: 'INVALID_IP_ADDRESS_SPECIFIED' });
  });
  it('is limited and grown in use', async () => {
    await call('VBD.plug', extra);
    await expect(call('VBD.set_qos_algorithm_type', extra, 'ionice')).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED' });
    await expect(call('VBD.set_qos_algorithm_params', extra, { kbps: 'fast' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await call('VBD.set_qos_algorithm_params', extra, { kbps: '1024', iops: '100' });
    expect(bench.engine.plugged.get(uuid)!.disks.get('1')!.limits).toEqual({}); // not switched on
    await call('VBD.set_qos_algorithm_type', extra, 'ratelimit');
    expect(bench.engine.plugged.get(uuid)!.disks.get('1')!.limits).toEqual({ bytesPerSecond: MIB, operationsPerSecond: 100 });
    await expect(call('VBD.set_userdevice', extra, '5')).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    await expect(call('VDI.resize_online', vbd(extra).VDI, MIB)).rejects.toMatchObject({ code: 'VDI_TOO_SMALL' });
    await expect(call('VDI.resize', vbd(extra).VDI, 16 * MIB)).rejects.toMatchObject({ code: 'VDI_IN_USE' }); // this repository cannot
    Object.assign(bench.repository, { capabilities: [...bench.repository.capabilities, 'VDI_RESIZE_ONLINE'] });
    await call('VDI.resize', vbd(extra).VDI, 16 * MIB);
    expect(bench.engine.plugged.get(uuid)!.sizes.get('1')).toBe(16 * MIB);
    expect(bench.store.get('VDI', vbd(extra).VDI)).toMatchObject({ virtual_size: 16 * MIB, current_operations: {} });
    // A VM that starts with it gets its limits, too.
    await call('VM.hard_shutdown', vm);
    await call('VM.start', vm, false, false);
    expect(bench.engine.machines.get(uuid)!.spec!.disks[1]).toMatchObject({ limits: { bytesPerSecond: MIB, operationsPerSecond: 100 } });
  });

  it('that was plugged, or not, when the service was killed is what the machine says', async () => {
    await call('VBD.plug', extra);
    bench.store.transaction(tx => { tx.set('VBD', extra, { currently_attached: false, device: '' }); }); // killed before it was written down
    const again = await makeBench(bench);
    expect(again.store.get('VBD', extra)).toMatchObject({ currently_attached: true, device: 'vdb' });
    bench.engine.plugged.get(uuid)!.disks.delete('1'); // killed before it was plugged
    expect((await makeBench(bench)).store.get('VBD', extra)).toMatchObject({ currently_attached: false, device: '' });
    bench.engine.plugged.get(uuid)!.disks.set('7', { userdevice: '7', readOnly: false, kind: 'Disk' }); // of nobody
    await makeBench(bench);
    expect(engineDisks()).toEqual(['0']);
  });
});

describe('a CD drive', () => {
  it('is built in when it is empty, is filled, emptied, and emptied by its guest', async () => {
    const drive = await newVbd({ type: 'CD', mode: 'RO', empty: true }), disc = await newDisk();
    expect(vbd(drive)).toMatchObject({ unpluggable: false, allowed_operations: ['attach', 'insert'] });
    await call('VM.start', vm, false, false);
    expect(vbd(drive)).toMatchObject({ currently_attached: true, device: 'sr0', allowed_operations: ['insert'] });
    expect(bench.engine.machines.get(uuid)!.spec!.disks).toContainEqual({ userdevice: vbd(drive).userdevice, kind: 'CD', readOnly: true });
    await expect(call('VBD.eject', drive)).rejects.toMatchObject({ code: 'VBD_IS_EMPTY' });
    await expect(call('VBD.unplug', drive)).rejects.toMatchObject({ code: 'VBD_NOT_UNPLUGGABLE' });
    await call('VBD.insert', drive, disc);
    expect(vbd(drive)).toMatchObject({ VDI: disc, empty: false, allowed_operations: ['eject'] });
    await expect(call('VBD.insert', drive, disc)).rejects.toMatchObject({ code: 'VBD_NOT_EMPTY' });
    const following = followEngine(bench.desk);
    bench.engine.announce({ uuid, on: 'tray', userdevice: vbd(drive).userdevice, open: true });
    await settled(); await settled();
    following.dispose();
    expect(vbd(drive)).toMatchObject({ VDI: nullRef<'VDI'>(), empty: true });
    bench.engine.trouble.set('changeMedium', new EngineError('refused', 'no such file'));
    await expect(call('VBD.insert', drive, disc)).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    expect(vbd(drive)).toMatchObject({ VDI: nullRef<'VDI'>(), empty: true });
    const disk = bench.store.get('VM', vm).VBDs.find(ref => vbd(ref).type === 'Disk')!;
    await expect(call('VBD.insert', disk, disc)).rejects.toMatchObject({ code: 'VBD_NOT_REMOVABLE_MEDIA' });
  });
});

describe('a network card of a running VM', () => {
  it('is plugged, changed and unplugged', async () => {
    await call('VM.start', vm, false, false);
    const [network] = [...bench.store.all('network').keys()];
    const vif = await call('VIF.create', { VM: vm, network, device: 'autodetect', MAC: '', MTU: 0, other_config: {} }) as Ref<'VIF'>;
    expect(bench.store.get('VIF', vif).allowed_operations).toEqual(['attach', 'plug']);
    await call('VIF.plug', vif);
    expect(bench.store.get('VIF', vif)).toMatchObject({ currently_attached: true, allowed_operations: ['unplug'] });
    expect([...bench.engine.plugged.get(uuid)!.nics.keys()]).toEqual(['0', '1']);
    await expect(call('VIF.add_ipv4_allowed', vif, '10.0.0.300')).rejects.toMatchObject({ code: 'INVALID_IP_ADDRESS_SPECIFIED' });
    await call('VIF.set_locking_mode', vif, 'disabled');
    expect(bench.store.get('VIF', vif).locking_mode).toBe('disabled');
    expect(bench.engine.plugged.get(uuid)!.nics.get('1')?.linkDown === true || bench.engine.plugged.get(uuid)!.linkDown.has('1')).toBe(true);
    await call('VIF.unplug', vif);
    expect(bench.store.get('VIF', vif).currently_attached).toBe(false);
    await call('VIF.destroy', vif);
  });

  it('has a weight while it runs, which is kept where it cannot count', async () => {
    const [vif] = bench.store.get('VM', vm).VIFs, weight = (): number | undefined => bench.networks.vifs.get(`${uuid}/0`)?.vif.weight;
    await call('VM.start', vm, false, false);
    for (const what of ['vif-rate', 'vif-weight'] as const) bench.networks.missing.set(what, 'the kernel cannot');
    await call('VIF.set_qos_algorithm_params', vif, { weight: '250' });
    expect(weight()).toBeUndefined(); // not switched on
    await call('VIF.set_qos_algorithm_type', vif, 'ratelimit');
    expect(weight()).toBe(250);
    await expect(call('VIF.add_to_qos_algorithm_params', vif, 'kbps', '100')).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED' });
    bench.networks.trouble.set('change', new NetworkError('failed', 'no'));
    await expect(call('VIF.set_qos_algorithm_params', vif, { weight: '500' })).rejects.toMatchObject({ code: 'PIF_CONFIGURATION_ERROR' });
    expect([bench.store.get('VIF', vif!).qos_algorithm_params, weight()]).toEqual([{ weight: '250' }, 250]);
    await call('VM.hard_reboot', vm);
    expect(weight()).toBe(250);
    await call('VIF.remove_from_qos_algorithm_params', vif, 'weight');
    expect(weight()).toBeUndefined();
    const lacks = JSON.parse(await call('host.call_plugin', [...bench.store.all('host').keys()][0], 'administrator-console', 'network_lacks', {}) as string) as Record<string, string>;
    expect(lacks).toMatchObject({ 'vif-weight': 'the kernel cannot', internal: '' });
  });
  it('stays plugged when a cancelled plug finds a guest that does not let go', async () => {
    await call('VM.start', vm, false, false);
    const network = bench.store.get('VIF', bench.store.get('VM', vm).VIFs[0]!).network;
    const vif = await call('VIF.create', { VM: vm, network, device: 'autodetect', MAC: '', MTU: 0, other_config: {} }) as Ref<'VIF'>;
    const cancel = new AbortController(), plug = bench.engine.attachNic.bind(bench.engine);
    bench.engine.attachNic = async (...args) => { await plug(...args); cancel.abort(); };
    bench.engine.trouble.set('detachNic', new EngineError('refused', 'the guest does not let go'));
    await expect(bench.handlers['VIF.plug']!(bench.context(cancel.signal), vif)).rejects.toThrow();
    expect(bench.store.get('VIF', vif).currently_attached).toBe(true);
  });
});

describe('the disks of a running VM', () => {
  const weigh = (weight: string): Promise<unknown> => call('VM.set_other_config', vm, { ...bench.store.get('VM', vm).other_config, 'io-weight': weight });
  const said = () => [bench.store.get('VM', vm).other_config['io-weight'], bench.engine.diskWeights.get(uuid)];
  it('have one weight for all, at once and from each start on', async () => {
    for (const wrong of ['0', '1001', 'much', '']) await expect(call('VM.add_to_other_config', vm, 'io-weight', wrong)).rejects.toMatchObject({ code: 'INVALID_VALUE', params: ['other_config:io-weight', wrong] });
    await call('VM.add_to_other_config', vm, 'io-weight', '200');
    expect(said()).toEqual(['200', undefined]); // it does not run
    await call('VM.start', vm, false, false);
    expect(bench.engine.machines.get(uuid)!.spec).toMatchObject({ diskWeight: 200 });
    await weigh('400');
    expect(said()).toEqual(['400', 400]);
    await call('VM.add_to_other_config', vm, 'other', 'x');
    await expect(call('VM.add_to_other_config', vm, 'io-weight', '500')).rejects.toMatchObject({ code: 'MAP_DUPLICATE_KEY' });
    bench.engine.trouble.set('weighDisks', new EngineError('not-running', 'it ends just now'));
    await expect(weigh('500')).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE' });
    expect(said()).toEqual(['400', 400]);
    // What cannot count is kept.
    bench.engine.trouble.set('weighDisks', new EngineError('unsupported', 'no bfq'));
    await weigh('600');
    expect(said()).toEqual(['600', 400]);
    bench.engine.trouble.clear();
    await reconcile(bench.desk);
    expect(said()).toEqual(['600', 600]);
    await call('VM.remove_from_other_config', vm, 'io-weight');
    expect([said(), bench.store.get('VM', vm).other_config['other']]).toEqual([[undefined, undefined], 'x']);
  });
});

describe('memory and processors of a running VM', () => {
  it('move within what it was started for', async () => {
    await call('VM.start', vm, false, false);
    expect(bench.engine.machines.get(uuid)!.spec).toMatchObject({ memoryBytes: 128 * MIB, memoryTargetBytes: 96 * MIB, vcpus: 1, vcpusMax: 4 });
    expect(bench.store.get('VM', vm).memory_target).toBe(96 * MIB);
    await call('VM.set_memory_dynamic_range', vm, 64 * MIB, 80 * MIB);
    expect(bench.engine.plugged.get(uuid)!.memoryBytes).toBe(80 * MIB);
    expect(bench.store.get('VM', vm)).toMatchObject({ memory_dynamic_max: 80 * MIB, memory_target: 80 * MIB });
    await expect(call('VM.set_memory_dynamic_max', vm, 256 * MIB)).rejects.toMatchObject({ code: 'MEMORY_CONSTRAINT_VIOLATION' });
    await expect(call('VM.set_memory_static_max', vm, 256 * MIB)).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE' });
    await expect(call('VM.set_memory_target_live', vm, 90 * MIB)).rejects.toMatchObject({ code: 'MEMORY_CONSTRAINT_VIOLATION' });
    await call('VM.set_memory_target_live', vm, 64 * MIB);
    await call('VM.wait_memory_target_live', vm);
    await refreshGuests(bench.desk, [vm]);
    expect(bench.store.get('VM_metrics', bench.store.get('VM', vm).metrics).memory_actual).toBe(64 * MIB);

    await call('VM.set_VCPUs_number_live', vm, 3);
    expect(bench.store.get('VM_metrics', bench.store.get('VM', vm).metrics).VCPUs_number).toBe(3);
    expect(bench.store.get('VM', vm).VCPUs_at_startup).toBe(1);
    for (const count of [2, 5]) await expect(call('VM.set_VCPUs_number_live', vm, count)).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED' });
    await expect(call('VM.set_VCPUs_params', vm, { weight: 'much' })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  });
});

describe('what a guest says', () => {
  it('is in VM_guest_metrics as long as it runs', async () => {
    await call('VM.start', vm, false, false);
    const vif = bench.store.get('VIF', bench.store.get('VM', vm).VIFs[0]!);
    await refreshGuests(bench.desk, [vm]);
    expect(bench.store.get('VM', vm).guest_metrics).toBe(nullRef<'VM_guest_metrics'>());
    const facts: GuestFacts = {
      agentVersion: '7.2.22', os: { id: 'debian', name: 'Debian 12', version: '12.5', kernel: '6.1' }, hostname: 'box',
      interfaces: [{ name: 'eth0', mac: vif.MAC, addresses: ['10.0.0.5', 'fe80::1'] }, { name: 'docker0', mac: '02:00:00:00:00:01', addresses: ['172.17.0.1'] }],
    };
    bench.engine.guests.set(uuid, facts);
    await refreshGuests(bench.desk, [vm]);
    const metrics = bench.store.get('VM', vm).guest_metrics;
    expect(bench.store.get('VM_guest_metrics', metrics)).toMatchObject({
      live: true, PV_drivers_detected: true, PV_drivers_version: { major: '7', minor: '2', micro: '22' }, os_version: { name: 'Debian 12', distro: 'debian', major: '12', minor: '5', uname: '6.1' },
      networks: { '0/ip': '10.0.0.5', '0/ipv4/0': '10.0.0.5', '0/ipv6/0': 'fe80::1' }, other: { hostname: 'box', 'agent-version': '7.2.22' }, can_use_hotplug_vbd: 'yes',
    });
    expect(bench.store.get('VM', vm).allowed_operations).toContain('snapshot_with_quiesce');
    const { generation } = bench.store;
    await refreshGuests(bench.desk, [vm]);
    expect(bench.store.generation).toBe(generation); // nothing new, nothing written
    bench.engine.guests.delete(uuid);
    await refreshGuests(bench.desk, [vm]);
    expect(bench.store.get('VM_guest_metrics', metrics)).toMatchObject({ live: false, networks: {}, os_version: { distro: 'debian' } });
    expect(bench.store.get('VM', vm).allowed_operations).not.toContain('snapshot_with_quiesce');
    await call('VM.hard_shutdown', vm);
    expect(bench.store.find('VM_guest_metrics', metrics)).toBeUndefined();
  });

  it('nothing at all: it is paused without space, and somebody is told', async () => {
    await call('VM.start', vm, false, false);
    const following = followEngine(bench.desk);
    bench.engine.announce({ uuid, on: 'io-error', device: '0', noSpace: true });
    bench.engine.machines.get(uuid)!.state = 'paused';
    bench.engine.announce({ uuid, on: 'paused' });
    await settled();
    following.dispose();
    expect(bench.store.get('VM', vm).power_state).toBe('Paused');
    expect(alertsIn(bench.store)).toMatchObject([{ name: 'VM_PAUSED_NO_SPACE', cls: 'VM', obj_uuid: uuid, priority: 1 }]);
  });
});
