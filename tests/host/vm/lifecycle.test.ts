import fs from 'node:fs';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { gone, startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { get } from '../transfer/http';

/* One VM's life over the API, on a real QEMU. */

let host: TestHost, client: TestClient;
beforeAll(async () => { host = await startHost(); client = await host.connect(); });
afterAll(() => host?.dispose());

const stateIs = (vm: Ref<'VM'>, state: string) => client.until('VM', vm, record => record?.power_state === state && Object.keys(record.current_operations).length === 0);
const record = (vm: Ref<'VM'>) => client.call('VM.get_record', vm);
const start = (vm: Ref<'VM'>) => client.task('VM.start', vm, false, false);
const images = async (): Promise<string[]> => {
  const [sr] = Object.values(await client.call('SR.get_all_records'));
  return fs.readdirSync(path.join(host.data, 'sr', sr!.uuid)).filter(file => file.endsWith('.qcow2')).sort();
};

/** Reads the serial console until it says that. */
const says = async (stream: Duplex, what: RegExp): Promise<string> => {
  let text = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (what.test(text)) return text;
  }
  throw new Error(`the console ended with: ${text.slice(-500)}`);
};
/** The shell's, also when it asks where the cursor is (ESC [6n). */
const PROMPT = new RegExp(`# (${String.fromCharCode(27)}\\[6n)?$`);
const prompt = async (vm: Ref<'VM'>): Promise<Duplex> => {
  const consoles = await Promise.all((await record(vm)).consoles.map(ref => client.call('console.get_record', ref)));
  const stream = await client.openConsole({ uuid: consoles.find(console => console.protocol === 'vt100')!.uuid });
  await says(stream, PROMPT);
  return stream;
};

describe('a VM', () => {
  it('is made as clients make one, and boots with both consoles', async () => {
    // Async.VM.clone(template), remove_from_other_config, Async.VM.provision, VDI.create, VBD.create, VIF.create, VM.start.
    const vm = await client.task('VM.clone', await client.ref('VM', 'Tiny Linux'), 'made by hand') as Ref<'VM'>;
    await client.call('VM.remove_from_other_config', vm, 'disks');
    await client.task('VM.provision', vm);
    await client.call('VM.set_memory_limits', vm, 128 * 2 ** 20, 160 * 2 ** 20, 160 * 2 ** 20, 160 * 2 ** 20);
    await client.call('VM.set_VCPUs_max', vm, 2);
    await client.call('VM.set_VCPUs_at_startup', vm, 2);
    const SR = await client.ref('SR', 'Local storage');
    const vdi = await client.task('VDI.create', { name_label: 'data', name_description: '', SR, virtual_size: 100 * 2 ** 20, type: 'user', sharable: false, read_only: false, other_config: {} }) as Ref<'VDI'>;
    const [userdevice] = await client.call('VM.get_allowed_VBD_devices', vm);
    await client.task('VBD.create', { VM: vm, VDI: vdi, userdevice, bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} });
    const [device] = await client.call('VM.get_allowed_VIF_devices', vm);
    await client.task('VIF.create', { VM: vm, network: await client.ref('network', 'NAT network'), device, MAC: '', MTU: 1500, other_config: {}, locking_mode: 'network_default', qos_algorithm_type: '', qos_algorithm_params: {} });
    await start(vm);

    const { power_state, consoles, resident_on, uuid } = await record(vm);
    expect(power_state).toBe('Running');
    expect(consoles).toHaveLength(2);
    expect(await client.call('host.get_resident_VMs', resident_on)).toContain(vm);
    for (const console of await Promise.all(consoles.map(ref => client.call('console.get_record', ref)))) {
      expect(console.location).toBe(`https://127.0.0.1:${host.port}/console?uuid=${console.uuid}`);
    }
    const terminal = await prompt(vm);
    terminal.write('cat /proc/partitions; grep -c ^processor /proc/cpuinfo; ls /sys/class/net; echo do""ne\n');
    const answer = await says(terminal, /done/);
    expect(answer).toMatch(/102400 vdb/);
    expect(answer).toMatch(/\r\n2\r\n/);
    expect(answer).toMatch(/eth0 +eth1/);
    terminal.destroy();
    const rfb = await client.openConsole({ ref: vm }); // a VM's own is the graphical one
    expect(await says(rfb, /^RFB 003\.008\n$/)).toBeTruthy();
    rfb.destroy();
    // QEMU is not root's when the service is.
    if (process.getuid?.() === 0) expect(fs.statSync(`/proc/${host.pidOf(uuid)}`).uid).not.toBe(0);

    await client.task('VM.clean_shutdown', vm);
    expect(await record(vm)).toMatchObject({ power_state: 'Halted', consoles: [], resident_on: 'OpaqueRef:NULL' });
    expect(host.pidOf(uuid)).toBeUndefined();
    await expect(client.openConsole({ ref: vm })).rejects.toThrow();
  });

  let cycle: Ref<'VM'>;
  it('pauses, goes on, and is reset', async () => {
    const vm = cycle = await client.newVm('cycle');
    const { uuid } = await record(vm);
    await start(vm);
    const picture = await get(host, `/vncsnapshot?uuid=${uuid}&session_id=${await host.login()}`);
    expect([picture.status, picture.headers['content-type'], picture.body.subarray(0, 8).toString('latin1'), picture.body.readUInt32BE(16) > 300]).toEqual([200, 'image/png', '\x89PNG\r\n\x1a\n', true]);
    expect(fs.readdirSync(path.join(host.data, 'run', uuid)).filter(file => file.endsWith('.png'))).toEqual([]);
    await client.task('VM.pause', vm);
    expect((await record(vm)).power_state).toBe('Paused');
    await expect(client.call('VM.pause', vm)).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE', params: [vm, 'running', 'paused'] });
    await client.task('VM.unpause', vm);
    (await prompt(vm)).destroy();
    const pid = host.pidOf(uuid);
    await client.task('VM.hard_reboot', vm);
    expect(host.pidOf(uuid)).toBe(pid);
    (await prompt(vm)).destroy();
  });

  it('reboots cleanly into a new machine, is ended hard and destroyed', async () => {
    const vm = cycle;
    const { uuid } = await record(vm);
    const pid = host.pidOf(uuid);
    await client.task('VM.clean_reboot', vm);
    expect((await record(vm)).power_state).toBe('Running');
    expect(host.pidOf(uuid)).not.toBe(pid);
    await client.task('VM.hard_shutdown', vm);
    expect(host.pidOf(uuid)).toBeUndefined();
    await client.task('VM.destroy', vm);
    await expect(record(vm)).rejects.toMatchObject({ code: 'HANDLE_INVALID', params: ['VM', vm] });
  });

  it('starts once when two ask at once, and does not start while it shuts down', async () => {
    const vm = await client.newVm('twice');
    const both = await Promise.allSettled([client.call('VM.start', vm, false, false), client.call('VM.start', vm, false, false)]);
    expect(both.filter(outcome => outcome.status === 'fulfilled')).toHaveLength(1);
    expect(both.find(outcome => outcome.status === 'rejected')?.reason).toMatchObject({ code: 'OTHER_OPERATION_IN_PROGRESS' });
    await client.task('VM.pause', vm); // a paused guest cannot answer
    await client.task('VM.unpause', vm);
    (await prompt(vm)).destroy();
    const shutdown = client.task('VM.clean_shutdown', vm);
    await client.until('VM', vm, now => Object.values(now?.current_operations ?? {}).includes('clean_shutdown') || now?.power_state === 'Halted');
    const during = await client.call('VM.start', vm, false, false).then(() => undefined, (error: { code: string }) => error.code);
    await shutdown;
    if (during !== undefined) expect(during).toMatch(/^(VM_BAD_POWER_STATE|OTHER_OPERATION_IN_PROGRESS)$/);
    await client.call('VM.hard_shutdown', vm).catch(() => { /* it was down already */ });
    await stateIs(vm, 'Halted');
    await client.task('VM.destroy', vm);
  });

  it('gives way when a guest that does not react is ended hard', async () => {
    const SR = await client.ref('SR', 'Local storage');
    const vm = await client.call('VM.create', { // an empty disk: the BIOS stays, and knows no power button
      name_label: 'deaf', name_description: '', user_version: 1, is_a_template: false, affinity: 'OpaqueRef:NULL', memory_static_max: 64 * 2 ** 20, memory_dynamic_max: 64 * 2 ** 20, memory_dynamic_min: 64 * 2 ** 20, memory_static_min: 0,
      VCPUs_params: {}, VCPUs_max: 1, VCPUs_at_startup: 1, actions_after_shutdown: 'destroy', actions_after_reboot: 'restart', actions_after_crash: 'destroy',
      PV_bootloader: '', PV_kernel: '', PV_ramdisk: '', PV_args: '', PV_bootloader_args: '', PV_legacy_args: '', HVM_boot_policy: 'BIOS order', HVM_boot_params: { order: 'c' }, platform: {}, PCI_bus: '', other_config: {}, recommendations: '',
    } as never);
    const VDI = await client.call('VDI.create', { name_label: 'empty', name_description: '', SR, virtual_size: 2 ** 20, type: 'user', sharable: false, read_only: false, other_config: {} } as never);
    await client.call('VBD.create', { VM: vm, VDI, userdevice: '0', bootable: true, mode: 'RW', type: 'Disk', empty: false, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} } as never);
    await start(vm);
    const clean = expect(client.task('VM.clean_shutdown', vm)).rejects.toMatchObject({ code: 'TASK_CANCELLED' });
    await client.until('VM', vm, now => Object.values(now?.current_operations ?? {}).includes('clean_shutdown'));
    expect((await record(vm)).allowed_operations).toEqual(['hard_shutdown', 'hard_reboot']);
    await client.task('VM.hard_shutdown', vm);
    await clean;
    await stateIs(vm, 'Halted');
    // And one that is asked by VM.start, cancelled by its task.
    await start(vm);
    const task = await client.call('Async.VM.clean_shutdown', vm);
    await client.until('VM', vm, now => Object.values(now?.current_operations ?? {}).includes('clean_shutdown'));
    await client.call('task.cancel', task);
    await client.until('task', task, now => now?.status === 'cancelled');
    await stateIs(vm, 'Running');
    await client.task('VM.hard_shutdown', vm);
  });

  it('clones with a disk of its own, and leaves nothing when everything is destroyed', async () => {
    const before = await images();
    const vm = await client.newVm('original');
    await start(vm);
    (await prompt(vm)).destroy();
    await expect(client.task('VM.clone', vm, 'of a running one')).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE', params: [vm, 'halted', 'running'] });
    await client.task('VM.hard_shutdown', vm);
    const clone = await client.task('VM.clone', vm, 'copy') as Ref<'VM'>;
    for (const one of [vm, clone]) await start(one);
    for (const one of [vm, clone]) {
      (await prompt(one)).destroy();
      await client.task('VM.hard_shutdown', one);
    }
    for (const one of [vm, clone]) {
      const vdis = await Promise.all((await record(one)).VBDs.map(vbd => client.call('VBD.get_VDI', vbd)));
      await client.task('VM.destroy', one);
      for (const vdi of vdis) await client.task('VDI.destroy', vdi);
    }
    expect(await images()).toEqual(before);
  });

  it('is seen to die at once', async () => {
    const vm = await client.newVm('victim');
    const { uuid } = await record(vm);
    await start(vm);
    const pid = host.pidOf(uuid)!;
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    await stateIs(vm, 'Halted');
    expect((await record(vm)).consoles).toEqual([]);
    expect(host.log()).toMatch(/error machine is gone .*why=crashed/);
    await start(vm); // and starts again
    const terminal = await prompt(vm);
    terminal.write('poweroff\n'); // by itself
    await stateIs(vm, 'Halted');
    terminal.destroy();
  });
});

describe('bad input', () => {
  it('is answered in XenAPI\'s words, and leaves nothing', async () => {
    const SR = await client.ref('SR', 'Local storage');
    const before = { images: await images(), vdis: (await client.call('VDI.get_all')).length, vms: (await client.call('VM.get_all')).length };
    const unknown = 'OpaqueRef:00000000-0000-4000-8000-000000000000';
    await expect(client.call('VM.start', unknown as Ref<'VM'>, false, false)).rejects.toMatchObject({ code: 'HANDLE_INVALID', params: ['VM', unknown] });
    await expect(client.task('VM.clone', unknown, 'x')).rejects.toMatchObject({ code: 'HANDLE_INVALID', params: ['VM', unknown] });
    const template = await client.ref('VM', 'Tiny Linux');
    await expect(client.call('VM.start', template, false, false)).rejects.toMatchObject({ code: 'VM_IS_TEMPLATE', params: [template] });
    await expect(client.call('VM.destroy', template)).rejects.toMatchObject({ code: 'VM_CANNOT_DELETE_DEFAULT_TEMPLATE' });
    await expect(client.task('VM.clone', template, 'x'.repeat(65_536))).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    const size = 32 * 2 ** 40;
    await expect(client.task('VDI.create', { name_label: 'too big', name_description: '', SR, virtual_size: size, type: 'user', sharable: false, read_only: false, other_config: {} })).rejects.toMatchObject({ code: 'SR_FULL', params: [String(size), expect.any(String)] });
    expect({ images: await images(), vdis: (await client.call('VDI.get_all')).length, vms: (await client.call('VM.get_all')).length }).toEqual(before);
  });
});
