import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Records, Ref } from '../../src/shared/api';
import type { TestClient } from '../fixtures/host';
import { Terminal } from '../host/engine/bench';
import { startLab, type Lab } from './machine';
import { createSr, createVdi } from './storage';

/* The whole life of a paravirtualised guest by the API, on a real Xen: the template, its disk and its kernel are the same as under QEMU. One machine and one guest for all
 * of it, in order: under emulation each domain that is made takes its time. */

const MIB = 2 ** 20, KERNEL = '/srv/payload/guests/tiny-linux';
let lab: Lab, client: TestClient, vm: Ref<'VM'>, uuid: string;

const record = (): Promise<Records['VM']> => client.call('VM.get_record', vm);
const terminalOf = async (): Promise<Terminal> => {
  const consoles = await Promise.all((await record()).consoles.map(ref => client.call('console.get_record', ref)));
  expect(consoles.map(({ protocol }) => protocol)).toEqual(['vt100']); // a paravirtualised guest has no screen
  const shown = new Terminal(await client.openConsole({ uuid: consoles[0]!.uuid }));
  shown.type('\n');
  await shown.prompt();
  return shown;
};
const newVbd = async (vdi: Ref<'VDI'>): Promise<Ref<'VBD'>> => await client.task('VBD.create', { VM: vm, VDI: vdi, userdevice: 'autodetect', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} }) as Ref<'VBD'>;
/** Of the VM's domain now, by Xen's own tool. */
const domain = (): Promise<string> => lab.run(`xl list -v | grep ${uuid} || true`);
const until = async (look: () => Promise<boolean>): Promise<void> => { while (!await look()) await new Promise(ok => { setTimeout(ok, 1000); }); };

beforeAll(async () => {
  lab = await startLab('xen');
  // Somebody's own domain, from before the service.
  await lab.run(`printf 'name="by hand"\\ntype="pv"\\nkernel="${KERNEL}/vmlinuz"\\nramdisk="${KERNEL}/initrd"\\ncmdline="console=hvc0"\\nmemory=96\\n' > /root/own.cfg && xl create -q -e -p /root/own.cfg`);
  client = await lab.client();
});
afterAll(async () => { await lab.end(); });

it('is chosen by a service that finds itself in a dom0', async () => {
  const [host] = Object.values(await client.call('host.get_all_records'));
  expect(host!.software_version).toMatchObject({ engine: 'xen', accelerator: 'xen', engine_version: expect.stringMatching(/^4\./) as string });
  expect(await client.call('network.get_other_config', await client.ref('network', 'NAT network'))).toMatchObject({ kind: 'nat' });
  const memory = Number((await client.call('host_metrics.get_record', host!.metrics)).memory_total);
  expect(memory / MIB).toBeGreaterThan(Number(await lab.run('xl info | sed -n "s/total_memory *: //p"')) - 1);
});

it('boots the template\'s disk and kernel paravirtualised, with a console to type into', async () => {
  vm = await client.newVm('first');
  await client.call('VM.set_VCPUs_max', vm, 2);
  await client.task('VM.start', vm, false, false);
  ({ uuid } = await record());
  expect(await domain()).toMatch(/^first\./);
  const terminal = await terminalOf();
  expect(await terminal.run('cat /sys/hypervisor/guest_type; ls /sys/block')).toMatch(/PV[^]*xvda/);
  expect(await client.call('VBD.get_device', (await record()).VBDs[0]!)).toBe('xvda');
  expect((await record()).allowed_operations).toEqual(expect.arrayContaining(['suspend', 'pause', 'clean_shutdown', 'hard_reboot']));
  // Its disk is a file, and Xen does not switch those while it runs.
  expect((await record()).allowed_operations).not.toContain('checkpoint');
  expect((await record()).allowed_operations).not.toContain('snapshot');
  await expect(client.task('VM.snapshot', vm, 'no', [])).rejects.toMatchObject({ code: 'VALUE_NOT_SUPPORTED' });
});

it('reaches the host through its own cable', async () => {
  expect(await (await terminalOf()).run('ping -c 1 -W 20 10.87.0.1')).toContain('1 packets received');
});

it('gets a volume of a thin LVM and a network card, uses them, and gives them back', async () => {
  const sr = await createSr(client, 'volumes', 'lvm', { device: '/dev/vdb', provisioning: 'thin' }), vdi = await createVdi(client, sr, 'more', 64 * MIB), vbd = await newVbd(vdi);
  await client.task('VBD.plug', vbd);
  const terminal = await terminalOf();
  await terminal.run('echo kept > /tmp/t; dd if=/tmp/t of=/dev/xvdb conv=notrunc,fsync 2>/dev/null');
  await client.task('VBD.unplug', vbd);
  expect(await terminal.run('ls /sys/block')).not.toContain('xvdb');
  await client.task('VBD.plug', vbd);
  expect(await terminal.run('head -c 4 /dev/xvdb')).toContain('kept');
  const vif = await client.task('VIF.create', { VM: vm, network: await client.ref('network', 'NAT network'), device: '1', MAC: '', MTU: 1500, other_config: {}, locking_mode: 'network_default', qos_algorithm_type: '', qos_algorithm_params: {} }) as Ref<'VIF'>;
  await client.task('VIF.plug', vif);
  expect(await terminal.run('ls /sys/class/net')).toContain('eth1');
  await client.task('VIF.unplug', vif);
  expect(await terminal.run('ls /sys/class/net')).not.toContain('eth1');
});

it('is measured', async () => {
  await until(async () => await client.call('VM.query_data_source', vm, 'memory').then(value => value > 64 * MIB, () => false));
  await until(async () => await client.call('VM.query_data_source', vm, 'cpu0').then(value => value > 0, () => false));
});

it('stands still and goes on, gets a processor', async () => {
  await client.task('VM.pause', vm);
  expect((await domain()).split(/\s+/)[4]).toMatch(/^..p/);
  await client.task('VM.unpause', vm);
  await client.task('VM.set_VCPUs_number_live', vm, 2);
  const terminal = await terminalOf();
  while (!/^2\r?$/m.test(await terminal.run('grep -c ^processor /proc/cpuinfo; sleep 1'))) { /* it brings it up a moment later */ }
});

it('is taken over by the service\'s next life', async () => {
  const before = (await domain()).split(/\s+/)[1];
  await lab.killService();
  await lab.run(`xl list -v | grep -q ${uuid}`);
  client = await lab.client();
  expect((await record()).power_state).toBe('Running');
  expect((await domain()).split(/\s+/)[1]).toBe(before);
  expect(await (await terminalOf()).run('echo still here')).toContain('still here');
});

it('is suspended and resumed with what was in its memory', async () => {
  await (await terminalOf()).run('echo remembered > /run/word');
  await client.task('VM.suspend', vm);
  expect(await domain()).toBe('');
  await client.task('VM.resume', vm, false, false);
  expect(await (await terminalOf()).run('cat /run/word')).toContain('remembered');
});

it('reboots by itself and by reset, and shuts down when it is asked', async () => {
  const before = (await domain()).split(/\s+/)[1];
  (await terminalOf()).type('reboot\n');
  await until(async () => { const now = (await domain()).split(/\s+/)[1]; return now !== undefined && now !== before; });
  await client.task('VM.hard_reboot', vm);
  await terminalOf();
  await client.task('VM.clean_shutdown', vm);
  expect((await record()).power_state).toBe('Halted');
  expect(await domain()).toBe('');
});

it('has left somebody\'s own domain alone', async () => { expect((await lab.run('xl list | grep "^by hand"')).split(/\s+/)[5]).toMatch(/^..p/); });
