import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { Terminal } from '../engine/bench';

/* One guest that writes to a disk of its own, through everything that keeps, brings back, copies and moves what it wrote. The memory is proved by a
 * variable of its shell, the disk by its checksum, read past the guest's cache. */

const MIB = 2 ** 20;
let host: TestHost, client: TestClient, vm: Ref<'VM'>;
beforeAll(async () => { host = await startHost(); client = await host.connect(); });
afterAll(() => host?.dispose());

const record = (ref: Ref<'VM'>) => client.call('VM.get_record', ref);
const settled = (state: string) => client.until('VM', vm, now => now?.power_state === state && Object.keys(now.current_operations).length === 0);
const data = async (of: Ref<'VM'> = vm): Promise<Ref<'VDI'>> => {
  for (const ref of (await record(of)).VBDs) { const vbd = await client.call('VBD.get_record', ref); if (vbd.userdevice === '1') return vbd.VDI; }
  throw new Error('no second disk');
};
const terminal = async (fresh = false): Promise<Terminal> => {
  const consoles = await Promise.all((await record(vm)).consoles.map(ref => client.call('console.get_record', ref)));
  const opened = new Terminal(await client.openConsole({ uuid: consoles.find(console => console.protocol === 'vt100')!.uuid }));
  if (!fresh) opened.type('\n');
  await opened.prompt();
  return opened;
};
const write = (to: Terminal, mib: number, word: string): Promise<string> => to.run(`yes ${word} | dd of=/dev/vdb bs=256k count=2 seek=${mib * 4} iflag=fullblock conv=fsync 2>/dev/null`);
const sum = async (of: Terminal): Promise<string> => { await of.run('sync; echo 3 > /proc/sys/vm/drop_caches'); return of.run('md5sum < /dev/vdb'); };

describe('a guest that writes', () => {
  it('is suspended, outlives a restart of the service, and goes on with what it had in memory', async () => {
    vm = await client.newVm('writer');
    const SR = await client.ref('SR', 'Local storage');
    const VDI = await client.task('VDI.create', { name_label: 'data', name_description: '', SR, virtual_size: 8 * MIB, type: 'user', sharable: false, read_only: false, other_config: {} }) as Ref<'VDI'>;
    await client.call('VBD.create', { VM: vm, VDI, userdevice: '1', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} } as never);
    await client.task('VM.start', vm, false, false);
    const before = await terminal(true);
    await write(before, 0, 'first');
    await before.run('word=kept');
    await client.task('VM.suspend', vm);
    await settled('Suspended');
    expect(host.pidOf((await record(vm)).uuid)).toBeUndefined();
    await host.stop();
    await host.start();
    client = await host.connect();
    await client.task('VM.resume', vm, false, false);
    await settled('Running');
    expect(await (await terminal()).run('echo $word')).toBe('kept\n');
    const vdis = Object.values(await client.call('VDI.get_all_records'));
    expect(vdis.filter(vdi => vdi.type === 'suspend')).toEqual([]);
  });

  it('is put back to a snapshot and to a checkpoint, and a chain loses its middle while the guest goes on', async () => {
    let shell = await terminal();
    const one = await sum(shell);
    const first = await client.task('VM.snapshot', vm, 'first', []) as Ref<'VM'>;
    await write(shell, 1, 'second');
    const two = await sum(shell);
    const middle = await client.task('VM.checkpoint', vm, 'second') as Ref<'VM'>;
    expect(await shell.run('echo $word')).toBe('kept\n'); // it goes on
    await write(shell, 2, 'third');
    const third = await client.task('VM.snapshot', vm, 'third', []) as Ref<'VM'>;
    await write(shell, 3, 'fourth');
    const four = await sum(shell);
    expect((await record(vm)).snapshots).toEqual([first, middle, third]);
    expect(new Set([one, two, four]).size).toBe(3);

    // The last one goes with its disks: its image is merged below the guest, which sees nothing of it.
    const below = (await client.call('VDI.get_record', await data())).sm_config['image-parent'];
    const disks = await Promise.all((await record(third)).VBDs.map(vbd => client.call('VBD.get_VDI', vbd)));
    await client.task('VM.destroy', third);
    for (const disk of disks) await client.task('VDI.destroy', disk);
    await client.until('VDI', await data(), vdi => vdi?.sm_config['image-parent'] !== below);
    expect(await sum(shell)).toBe(four);
    expect(await shell.run('echo $word')).toBe('kept\n');

    await client.task('VM.revert', middle);
    await settled('Suspended');
    await client.task('VM.resume', vm, false, false);
    shell = await terminal();
    expect(await shell.run('echo $word')).toBe('kept\n');
    expect(await sum(shell)).toBe(two);
    await client.task('VM.revert', first);
    await settled('Halted');
    await client.task('VM.start', vm, false, false);
    shell = await terminal(true);
    expect(await sum(shell)).toBe(one);
    expect((await record(vm)).snapshots).toEqual([first, middle]);
  });

  it('moves to another repository while it writes, and is copied there', async () => {
    const location = path.join(host.folder, 'second');
    mkdirSync(location, { mode: 0o711 });
    const [local] = await client.call('host.get_all');
    const sr = await client.call('SR.create', local!, { location }, 0, 'Second', '', 'dir', 'user', false, {});
    const shell = await terminal();
    const before = await data(), writing = write(shell, 4, 'on the way');
    const moved = await client.task('VDI.pool_migrate', before, sr, {}) as Ref<'VDI'>;
    await writing;
    expect(await data()).toBe(moved);
    expect((await client.call('VDI.get_record', moved)).SR).toBe(sr);
    await expect(client.call('VDI.get_record', before)).rejects.toMatchObject({ code: 'HANDLE_INVALID' });
    const after = await sum(shell);
    // Two consoles want opposite things: one wins.
    const other = await host.connect();
    const outcomes = await Promise.allSettled([client.task('VM.suspend', vm), other.task('VM.hard_shutdown', vm)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'OTHER_OPERATION_IN_PROGRESS' } });
    if ((await record(vm)).power_state !== 'Halted') await client.task('VM.hard_shutdown', vm);
    const copy = await client.task('VM.copy', vm, 'copy', sr) as Ref<'VM'>;
    expect((await client.call('VDI.get_record', await data(copy))).parent).toBe('OpaqueRef:NULL');
    await client.task('VDI.pool_migrate', moved, await client.ref('SR', 'Local storage'), {});
    vm = copy;
    await client.task('VM.start', vm, false, false);
    expect(await sum(await terminal(true))).toBe(after);
    expect(host.log()).not.toMatch(/undo failed|stays so|"level":"error"/);
  });
});
