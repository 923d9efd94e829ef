import { describe, expect, it } from 'vitest';
import { makeBench } from '../../../tests/fixtures/desk';
import { offerTemplates } from './template/offer';
import { Journal } from './journal';
import { scanSr } from './sr/scan';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

describe('after the service was killed', () => {
  it('finds running machines, and halts the records of those that ended', async () => {
    const first = await makeBench();
    const [stays, ends] = [await first.newVm(), await first.newVm()];
    for (const vm of [stays, ends]) await first.handlers['VM.start']!(first.context(), vm, false, false);
    first.engine.machines.delete(first.store.get('VM', ends).uuid);
    first.engine.machines.set('11111111-2222-4333-8444-555555555555', { state: 'running' });
    first.store.transaction(tx => { tx.set('VM', stays, { current_operations: { 'OpaqueRef:t': 'clean_reboot' } }); });

    const { store, engine, log } = await makeBench(first);
    expect(store.get('VM', stays)).toMatchObject({ power_state: 'Running', current_operations: {} });
    expect(store.get('VM', stays).consoles).toHaveLength(2);
    expect(store.get('VM', ends)).toMatchObject({ power_state: 'Halted', consoles: [] });
    const { uuid, name_label: name } = store.get('VM', ends); // its charts show where it stopped
    expect([...store.all('message').values()].filter(message => message.name === 'VM_SHUTDOWN')).toMatchObject([{ cls: 'VM', obj_uuid: uuid, priority: 5, body: `VM '${name}' (uuid: ${uuid}) shutdown while the service of its host was down` }]);
    expect(engine.machines.has('11111111-2222-4333-8444-555555555555')).toBe(true);
    expect(log.some(line => line.includes('no VM record knows'))).toBe(true);
    expect(store.all('host').size).toBe(1);
    expect(store.all('SR').size).toBe(1);
  });

  it('takes half-made disks away and finishes deletions', async () => {
    const first = await makeBench();
    const { sr, store, desk, repository, handlers, context } = first;
    const srUuid = store.get('SR', sr).uuid;
    const half = '00000000-0000-4000-8000-000000000001';
    desk.journal.begin({ kind: 'make', srUuid, vdiUuid: half });
    await repository.create({ uuid: half, name: 'half', virtualSizeBytes: 1, format: 'qcow2' });
    expect(new Journal(store).open().map(intent => intent.vdiUuid)).toEqual([half]);
    const done = await handlers['VDI.create']!(context(), { name_label: 'kept', name_description: '', SR: sr, virtual_size: 1, type: 'user', other_config: {} } as never);
    expect(new Journal(store).open().map(intent => intent.vdiUuid)).toEqual([half]); // what is finished is written down
    desk.journal.begin({ kind: 'make', srUuid, vdiUuid: store.get('VDI', done).uuid }); // killed between record and end
    const going = await handlers['VDI.create']!(context(), { name_label: 'going', name_description: '', SR: sr, virtual_size: 1, type: 'user', other_config: {} } as never);
    desk.journal.begin({ kind: 'destroy', srUuid, vdiUuid: store.get('VDI', going).uuid });

    const second = await makeBench(first);
    expect([...second.repository.vdis.values()].map(vdi => vdi.name)).toEqual(['kept']);
    expect([...second.store.all('VDI').keys()]).toEqual([done]);
    expect(second.desk.journal.open()).toEqual([]);
  });
});

describe('SR.scan', () => {
  it('records foreign disks, marks missing ones and never drops them', async () => {
    const { store, desk, repository, handlers, context, sr } = await makeBench();
    const mine = await handlers['VDI.create']!(context(), { name_label: 'mine', name_description: '', SR: sr, virtual_size: 1, type: 'user', other_config: {} } as never);
    const [uuid, file] = [...repository.vdis][0]!;
    repository.vdis.delete(uuid);
    const foreign = '00000000-0000-4000-8000-00000000000a';
    await repository.create({ uuid: foreign, name: 'foreign', virtualSizeBytes: 5, format: 'raw' });
    await scanSr(desk, sr);
    expect(store.get('VDI', mine)).toMatchObject({ missing: true, allowed_operations: ['forget', 'destroy'] });
    expect(store.get('VDI', store.byUuid('VDI', foreign))).toMatchObject({ name_label: 'foreign', virtual_size: 5, managed: true });
    repository.vdis.set(uuid, file);
    await scanSr(desk, sr);
    expect(store.get('VDI', mine).missing).toBe(false);
    expect(store.get('SR', sr)).toMatchObject({ virtual_allocation: 1024 ** 2 + 5 });
  });
});

describe('the guest library\'s templates', () => {
  it('are offered once, and renewed under the same reference when their image changes', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'templates-'));
    try {
      const image = path.join(folder, 'disk.qcow2');
      fs.writeFileSync(image, 'one');
      const { store, desk, handlers, context, repository } = await makeBench(undefined, [{ key: 'tiny', nameLabel: 'Tiny', nameDescription: '', memoryBytes: 128 * 1024 ** 2, vcpus: 1, boot: { by: 'kernel', kernelPath: '/guests/tiny/vmlinuz', initrdPath: '/guests/tiny/initrd', args: 'quiet' }, disk: { path: image, format: 'qcow2' } }]);
      await offerTemplates(desk);
      await offerTemplates(desk);
      const [template] = [...store.all('VM')].find(([, vm]) => vm.reference_label === 'tiny')!;
      expect([...store.all('VM').values()].filter(vm => vm.VBDs.length > 0)).toHaveLength(1);
      expect(repository.vdis.size).toBe(1);
      expect(store.get('VM', template)).toMatchObject({ is_a_template: true, is_default_template: true, PV_kernel: 'tiny/vmlinuz', reference_label: 'tiny', other_config: { default_template: 'true' } });
      expect(store.get('VM', template).allowed_operations).not.toContain('destroy');
      const old = store.get('VBD', store.get('VM', template).VBDs[0]!).VDI;
      await expect(handlers['VDI.destroy']!(context(), old)).rejects.toMatchObject({ code: 'VDI_IN_USE' });
      const clone = await handlers['VM.clone']!(context(), template, 'mine');
      expect(store.get('VM', clone)).toMatchObject({ is_default_template: false, other_config: { base_template_name: 'Tiny' } });

      fs.writeFileSync(image, 'two');
      await offerTemplates(desk);
      expect(store.find('VM', template)).toBeDefined();
      expect(store.get('VBD', store.get('VM', template).VBDs[0]!).VDI).not.toBe(old);
      expect(store.find('VDI', old)).toBeUndefined();
      expect(repository.vdis.size).toBe(3); // the clone builds on it
    } finally { fs.rmSync(folder, { recursive: true }); }
  });
});
