import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { Terminal } from '../engine/bench';

/* Devices of one running VM over the API, on a real QEMU, as its guest sees them; and what is left of it when the service is killed. */

const MIB = 2 ** 20;
let host: TestHost, client: TestClient, vm: Ref<'VM'>, sr: Ref<'SR'>, terminal: Terminal;

const terminalOf = async (): Promise<Terminal> => {
  const consoles = await Promise.all((await client.call('VM.get_consoles', vm)).map(ref => client.call('console.get_record', ref)));
  const stream: Duplex = await client.openConsole({ uuid: consoles.find(console => console.protocol === 'vt100')!.uuid });
  const shown = new Terminal(stream);
  shown.type('\n');
  await shown.prompt();
  return shown;
};
const becomes = async (command: string, wanted: RegExp): Promise<void> => { while (!wanted.test(await terminal.run(`${command}; sleep 0.2`))) { /* the guest is slow */ } };
const newVdi = async (size: number): Promise<Ref<'VDI'>> => await client.task('VDI.create', { name_label: 'more', name_description: '', SR: sr, virtual_size: size, type: 'user', sharable: false, read_only: false, other_config: {} }) as Ref<'VDI'>;
const newVbd = async (fields: object): Promise<Ref<'VBD'>> => await client.task('VBD.create', { VM: vm, VDI: 'OpaqueRef:NULL', userdevice: 'autodetect', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {}, ...fields }) as Ref<'VBD'>;

beforeAll(async () => {
  host = await startHost();
  client = await host.connect();
  sr = await client.ref('SR', 'Local storage');
  vm = await client.newVm('devices');
  await client.call('VM.set_memory_limits', vm, 96 * MIB, 192 * MIB, 96 * MIB, 160 * MIB);
  await client.call('VM.set_VCPUs_max', vm, 2);
  await newVbd({ type: 'CD', mode: 'RO', empty: true, userdevice: '3' });
  await client.task('VM.start', vm, false, false);
  terminal = await terminalOf();
});
afterAll(() => host?.dispose());

describe('a running VM', () => {
  it('gets a disk, uses it, sees it grow, and gives it back', async () => {
    const vdi = await newVdi(16 * MIB), vbd = await newVbd({ VDI: vdi });
    await client.task('VBD.plug', vbd);
    expect(await client.call('VBD.get_record', vbd)).toMatchObject({ currently_attached: true, device: 'vdb' });
    await becomes('cat /sys/block/vdb/size', new RegExp(`^${16 * 2048}$`, 'm'));
    await terminal.run('echo kept > /tmp/t; dd if=/tmp/t of=/dev/vdb conv=notrunc,fsync 2>/dev/null');
    await client.task('VDI.resize_online', vdi, 32 * MIB);
    expect(await client.call('VDI.get_virtual_size', vdi)).toBe(32 * MIB);
    await becomes('cat /sys/block/vdb/size', new RegExp(`^${32 * 2048}$`, 'm'));
    await client.call('VBD.set_qos_algorithm_params', vbd, { kbps: '4096' });
    await client.call('VBD.set_qos_algorithm_type', vbd, 'ratelimit');
    await client.task('VBD.unplug', vbd);
    expect(await terminal.run('ls /sys/block')).not.toMatch(/vdb/);
    await client.task('VBD.plug', vbd);
    await becomes('head -c 4 /dev/vdb', /kept/);
    await client.task('VBD.unplug', vbd);
    await client.call('VBD.destroy', vbd);
    await client.task('VDI.destroy', vdi);
  });

  it('gets a CD and gives it back, a network card, processors and memory', async () => {
    const drive = (await client.call('VM.get_VBDs', vm))[1]!, disc = await newVdi(2 * MIB);
    expect(await client.call('VBD.get_record', drive)).toMatchObject({ type: 'CD', currently_attached: true, empty: true, allowed_operations: ['insert'] });
    await client.task('VBD.insert', drive, disc);
    await becomes('cat /sys/block/sr0/size; head -c 1 /dev/sr0 > /dev/null', /^4096$/m);
    await client.task('VBD.eject', drive);
    expect(await client.call('VBD.get_record', drive)).toMatchObject({ empty: true, VDI: 'OpaqueRef:NULL' });

    const vif = await client.task('VIF.create', { VM: vm, network: await client.ref('network', 'NAT network'), device: '1', MAC: '', MTU: 1500, other_config: {}, locking_mode: 'network_default', qos_algorithm_type: '', qos_algorithm_params: {} }) as Ref<'VIF'>;
    await client.task('VIF.plug', vif);
    await becomes('cat /sys/class/net/eth1/address', new RegExp(await client.call('VIF.get_MAC', vif)));
    await client.task('VIF.unplug', vif);
    expect(await terminal.run('ls /sys/class/net')).not.toMatch(/eth1/);

    await client.task('VM.set_VCPUs_number_live', vm, 2);
    await becomes('echo 1 > /sys/devices/system/cpu/cpu1/online; grep -c ^processor /proc/cpuinfo', /^2$/m);
    await client.call('VM.set_memory_dynamic_range', vm, 96 * MIB, 128 * MIB);
    await client.task('VM.wait_memory_target_live', vm);
    const metrics = await client.call('VM_metrics.get_record', await client.call('VM.get_metrics', vm));
    expect(metrics.VCPUs_number).toBe(2);
    expect(metrics.memory_actual).toBeLessThan(136 * MIB);
  });

  it('says who it is by its agent', async () => {
    await client.until('VM', vm, record => record !== undefined && record.guest_metrics !== 'OpaqueRef:NULL');
    const ref = await client.call('VM.get_guest_metrics', vm);
    await client.until('VM_guest_metrics', ref, record => record?.live === true && record.networks['0/ip'] !== undefined);
    expect(await client.call('VM_guest_metrics.get_record', ref)).toMatchObject({ os_version: { distro: 'tiny', name: 'Tiny Linux' }, networks: { '0/ip': '10.0.2.15' }, PV_drivers_detected: true, other: { hostname: 'tiny' } });
  });

  it('keeps what it has when the service is killed, and the records say it', async () => {
    const vdi = await newVdi(8 * MIB), vbd = await newVbd({ VDI: vdi });
    await client.task('VBD.plug', vbd);
    const plugging = newVdi(8 * MIB).then(async other => client.task('VBD.plug', await newVbd({ VDI: other }))).catch(() => { /* killed, or just not */ });
    await host.stop('SIGKILL');
    await plugging;
    terminal.leave();
    await host.start();
    client = await host.connect();
    terminal = await terminalOf();
    const records = (await client.call('VM.get_VBDs', vm)).map(ref => client.call('VBD.get_record', ref));
    const attached = (await Promise.all(records)).filter(record => record.type === 'Disk' && record.currently_attached);
    expect(attached.length).toBeGreaterThanOrEqual(2);
    await becomes('echo "disks=$(ls -d /sys/block/vd* | wc -l)"', new RegExp(`disks=${attached.length}$`, 'm')); // neither more nor less
    expect(await client.call('VBD.get_record', vbd)).toMatchObject({ currently_attached: true, current_operations: {} });
    await client.task('VBD.unplug', vbd);
    expect(await client.call('VM_metrics.get_VCPUs_number', await client.call('VM.get_metrics', vm))).toBe(2);
    await client.task('VM.clean_shutdown', vm);
    expect((await client.call('VM.get_record', vm)).guest_metrics).toBe('OpaqueRef:NULL');
  });
});
