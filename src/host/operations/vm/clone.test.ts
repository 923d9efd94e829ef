import { describe, expect, it } from 'vitest';
import type { Ref } from '../../../shared/api';
import { makeBench } from '../../../../tests/fixtures/desk';

const diskOf = (store: Awaited<ReturnType<typeof makeBench>>['store'], vm: Ref<'VM'>): Ref<'VDI'> => store.get('VBD', store.get('VM', vm).VBDs[0]!).VDI;

describe('VM.clone', () => {
  it('makes a second VM with disks and addresses of its own', async () => {
    const { store, handlers, context, newVm, desk } = await makeBench();
    const vm = await newVm();
    const clone = await handlers['VM.clone']!(context(), vm, 'two');
    expect(store.get('VM', clone)).toMatchObject({ name_label: 'two', power_state: 'Halted', is_a_template: false });
    expect(diskOf(store, clone)).not.toBe(diskOf(store, vm));
    expect(store.get('VDI', diskOf(store, clone))).toMatchObject({ name_label: 'two 0', parent: diskOf(store, vm) });
    const mac = (of: Ref<'VM'>) => store.get('VIF', store.get('VM', of).VIFs[0]!).MAC;
    expect(mac(clone)).not.toBe(mac(vm));
    expect(store.get('VM', clone).metrics).not.toBe(store.get('VM', vm).metrics);
    expect(desk.journal.open()).toEqual([]);
  });

  it('is there wholly or not at all', async () => {
    const { store, handlers, context, newVm, repository, desk, sr } = await makeBench();
    const vm = await newVm();
    const second = await handlers['VDI.create']!(context(), { name_label: 'd', name_description: '', SR: sr, virtual_size: 1, type: 'user', other_config: {} } as never);
    await handlers['VBD.create']!(context(), { VM: vm, VDI: second, userdevice: '1', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {} } as never);
    const before = { disks: repository.vdis.size, vms: store.all('VM').size, vbds: store.all('VBD').size, vdis: store.all('VDI').size };
    repository.failAfter = 1;
    await expect(handlers['VM.clone']!(context(), vm, 'two')).rejects.toMatchObject({ code: 'SR_BACKEND_FAILURE' });
    expect({ disks: repository.vdis.size, vms: store.all('VM').size, vbds: store.all('VBD').size, vdis: store.all('VDI').size }).toEqual(before);
    expect(desk.journal.open()).toEqual([]);
    expect(store.get('VM', vm).current_operations).toEqual({});
    expect(store.get('VDI', second).current_operations).toEqual({});
  });

  it('clones a template many times at once; provision makes VMs of the clones', async () => {
    const { store, handlers, context, newVm } = await makeBench();
    const template = await newVm();
    await handlers['VM.set_is_a_template']!(context(), template, true);
    const clones = await Promise.all(['a', 'b', 'c'].map(async name => handlers['VM.clone']!(context(), template, name)));
    for (const clone of clones) {
      expect(store.get('VM', clone).is_a_template).toBe(true);
      await handlers['VM.provision']!(context(), clone);
      expect(store.get('VM', clone).is_a_template).toBe(false);
    }
  });

  it('never writes to a disk that another builds on', async () => {
    const { store, handlers, context, newVm, repository } = await makeBench();
    const vm = await newVm();
    const base = diskOf(store, vm);
    const clone = await handlers['VM.clone']!(context(), vm, 'two');
    await handlers['VM.start']!(context(), vm, false, false);
    const own = diskOf(store, vm);
    expect(own).not.toBe(base);
    expect(store.get('VDI', own)).toMatchObject({ name_label: 'disk', virtual_size: 8 * 1024 ** 2 });
    expect(store.find('VDI', base)).toBeUndefined();
    expect(repository.vdis.size).toBe(3); // the repository keeps the base, unseen, as long as it is needed
    await handlers['VM.hard_shutdown']!(context(), vm);
    await handlers['VDI.destroy']!(context(), own);
    await handlers['VDI.destroy']!(context(), diskOf(store, clone));
    expect(repository.vdis.size).toBe(0);
  });

  it('deletes a disk whose clone goes on', async () => {
    const { store, handlers, context, newVm, repository } = await makeBench();
    const vm = await newVm();
    const base = diskOf(store, vm);
    const clone = await handlers['VM.clone']!(context(), vm, 'two');
    await handlers['VDI.destroy']!(context(), base);
    expect(store.find('VDI', base)).toBeUndefined();
    expect(store.get('VM', vm).VBDs).toEqual([]);
    await handlers['VDI.destroy']!(context(), diskOf(store, clone));
    expect(repository.vdis.size).toBe(0);
  });
});

describe('VM.create, VM.provision, VM.destroy and the setters', () => {
  it('refuses what cannot be', async () => {
    const { handlers, context, newVm, store } = await makeBench();
    const MiB = 1024 ** 2;
    await expect(newVm({ memory_dynamic_min: 100 * MiB })).rejects.toMatchObject({ code: 'MEMORY_CONSTRAINT_VIOLATION' });
    await expect(newVm({ VCPUs_at_startup: 2 })).rejects.toMatchObject({ code: 'INVALID_VALUE', params: ['VCPUs_at_startup', '2'] });
    await expect(newVm({ name_label: 'x'.repeat(65_536) })).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    expect(store.all('VM').size).toBe(0);
    expect(store.all('VM_metrics').size).toBe(0);
    const vm = await newVm();
    await expect(handlers['VM.set_memory_dynamic_max']!(context(), vm, 65 * MiB)).rejects.toMatchObject({ code: 'MEMORY_CONSTRAINT_VIOLATION' });
    await handlers['VM.set_memory_limits']!(context(), vm, 32 * MiB, 128 * MiB, 64 * MiB, 128 * MiB);
    expect(store.get('VM', vm)).toMatchObject({ memory_static_max: 128 * MiB, memory_dynamic_max: 128 * MiB, memory_target: 128 * MiB });
    await expect(handlers['VM.set_VCPUs_max']!(context(), vm, 0)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  });
  it('provisions the disks that other_config asks for', async () => {
    const { handlers, context, newVm, store, sr } = await makeBench();
    const uuid = store.get('SR', sr).uuid;
    const vm = await newVm({ is_a_template: true, other_config: { disks: `<provision><disk device="1" size="2097153" sr="${uuid}" bootable="false" type="system"/></provision>`, keep: 'this' } });
    await handlers['VM.provision']!(context(), vm);
    const record = store.get('VM', vm);
    expect(record).toMatchObject({ is_a_template: false, other_config: { keep: 'this' } });
    const made = record.VBDs.map(vbd => store.get('VBD', vbd)).find(vbd => vbd.userdevice === '1')!;
    expect(store.get('VDI', made.VDI)).toMatchObject({ virtual_size: 3 * 1024 ** 2, type: 'system', name_label: 'one 1' });
    const bad = await newVm({ is_a_template: true, other_config: { disks: '<provision><disk device="1" size="1" sr="no-such"/></provision>' } });
    await expect(handlers['VM.provision']!(context(), bad)).rejects.toMatchObject({ code: 'UUID_INVALID' });
  });
  it('provisions nothing where the disks do not fit together, or cannot be read', async () => {
    const { handlers, context, newVm, store, sr, repository } = await makeBench();
    const uuid = store.get('SR', sr).uuid, GiB = 1024 ** 3, disk = (device: string, sizeBytes: number): string => `<disk device='${device}' size='${sizeBytes}' sr='${uuid}' bootable='false' type='user' />`;
    const template = (disks: string) => newVm({ is_a_template: true, other_config: { disks } });
    const large = await template(`<provision>${disk('1', 60 * GiB)}${disk('2', 60 * GiB)}</provision>`), before = repository.vdis.size;
    await expect(handlers['VM.provision']!(context(), large)).rejects.toMatchObject({ code: 'SR_FULL' }); // either alone would fit
    for (const wrong of ['one disk, please', `<provision>${disk('1', GiB)}`, `<provision>${disk('1', GiB)}<disk device="2"</provision>`]) {
      const vm = await template(wrong);
      await expect(handlers['VM.provision']!(context(), vm)).rejects.toMatchObject({ code: 'INVALID_VALUE', params: ['other_config:disks', wrong] });
      expect(store.get('VM', vm).is_a_template).toBe(true);
    }
    expect(repository.vdis.size).toBe(before + 3); // those that newVm makes
    await handlers['VM.provision']!(context(), await template(`<?xml version="1.0"?>\n<provision>\n  ${disk('xvdb', GiB)}\n</provision>\n`));
    expect(repository.vdis.size).toBe(before + 5);
  });
  it('destroys the VM and keeps its disks', async () => {
    const { handlers, context, newVm, store, repository } = await makeBench();
    const vm = await newVm();
    await handlers['VM.destroy']!(context(), vm);
    for (const cls of ['VM', 'VBD', 'VIF', 'VM_metrics', 'console'] as const) expect(store.all(cls).size, cls).toBe(0);
    expect(store.all('VDI').size).toBe(1);
    expect(repository.vdis.size).toBe(1);
    await expect(handlers['VM.destroy']!(context(), vm)).rejects.toMatchObject({ code: 'HANDLE_INVALID' });
  });
});
