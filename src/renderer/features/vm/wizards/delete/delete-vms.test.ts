import { beforeEach, describe, expect, it } from 'vitest';
import { DemoBridge } from '../../../../../../tests/renderer/demo-bridge';
import { put, refOf } from '../../../../../../tests/renderer/demo-records';
import { must } from '../../../../../shared/lib/assert';
import { type Session, World } from '../../../../api';
import { vmsOf } from '../../actions/vm-action';
import { deleteVm, disksOf, snapshotsOf } from './delete-vms';

let bridge: DemoBridge;
let session: Session;
const target = () => must(vmsOf([{ session, cls: 'VM', ref: refOf('VM', 'mail') }])[0], 'vm');
const methods = (): string[] => bridge.host.calls.map(call => call.method);

const open = async (): Promise<void> => {
  bridge.begin();
  const world = new World(bridge);
  world.start();
  await new Promise(resolve => { setTimeout(resolve, 5); });
  session = must(world.sessions.get()[0], 'session');
};
beforeEach(() => { bridge = new DemoBridge(); });

describe('deleting a VM', () => {
  it('names its disks with size and place', async () => {
    await open();
    expect(disksOf(target())).toEqual([{ vdi: refOf('VDI', 'mail disk'), name: 'mail 0', sizeBytes: 40 * 1024 ** 3, srName: 'Local storage', stays: undefined }]);
  });

  it('never takes a disk that another VM uses, nor a CD', async () => {
    const other = put(bridge.host.world, 'VBD', 'other', { VM: refOf('VM', 'build-agent'), VDI: refOf('VDI', 'mail disk'), type: 'Disk' });
    const cd = put(bridge.host.world, 'VBD', 'cd', { VM: refOf('VM', 'mail'), VDI: refOf('VDI', 'build-agent disk'), type: 'CD' });
    bridge.host.change('VDI', refOf('VDI', 'mail disk'), { VBDs: [refOf('VBD', 'mail disk'), other] });
    bridge.host.change('VM', refOf('VM', 'mail'), { VBDs: [refOf('VBD', 'mail disk'), cd] });
    await open();
    expect(disksOf(target()).map(disk => disk.stays)).toEqual(['also used by another VM']);
  });

  it('keeps a disk that another VM has come to use while the dialog was open', async () => {
    await open();
    const chosen = disksOf(target());
    const other = put(bridge.host.world, 'VBD', 'other', { VM: refOf('VM', 'build-agent'), VDI: refOf('VDI', 'mail disk'), type: 'Disk' });
    const mail = target();
    bridge.host.change('VDI', refOf('VDI', 'mail disk'), { VBDs: [refOf('VBD', 'mail disk'), other] });
    await deleteVm(mail, chosen);
    expect(methods()).toContain('Async.VM.destroy');
    expect(methods()).not.toContain('Async.VDI.destroy');
  });

  it('destroys the VM first, then the disks', async () => {
    await open();
    await deleteVm(target(), disksOf(target()));
    expect(methods()).toEqual(['Async.VM.destroy', 'VDI.get_record', 'Async.VDI.destroy']);
    expect(bridge.host.world.has(refOf('VDI', 'mail disk'))).toBe(false);
  });

  it('leaves the disks when the VM cannot go, and those that were not chosen', async () => {
    await open();
    bridge.host.refused.set('VM.destroy', ['OPERATION_NOT_ALLOWED', 'no']);
    await expect(deleteVm(target(), disksOf(target()))).rejects.toMatchObject({ failure: { code: 'OPERATION_NOT_ALLOWED' } });
    expect(methods()).toEqual(['Async.VM.destroy']);
    bridge.host.refused.clear();
    await deleteVm(target(), []);
    expect(methods()).toEqual(['Async.VM.destroy', 'Async.VM.destroy']);
    expect(bridge.host.world.has(refOf('VDI', 'mail disk'))).toBe(true);
  });

  it('takes its snapshots along, and what was kept of the disks and the memory', async () => {
    await open();
    const [first, second] = ['VM.snapshot', 'VM.checkpoint'].map((method, i) => String(must(bridge.host.answers.get(method), method)([refOf('VM', 'mail'), `snapshot ${i}`])));
    const memory = must(session.records.get('VM', must(second, 'snapshot'))?.suspend_VDI, 'memory');
    const chosen = disksOf(target());
    expect(chosen.map(disk => disk.snapshot)).toEqual([undefined, 'snapshot 0', 'snapshot 1']);
    expect(snapshotsOf(target()).map(({ name }) => name)).toEqual(['snapshot 0', 'snapshot 1']);
    await deleteVm(target(), chosen);
    for (const gone of [first, second, memory, ...chosen.map(disk => disk.vdi)]) expect(bridge.host.world.has(must(gone, 'ref'))).toBe(false);
    expect(methods()[0]).toBe('Async.VM.destroy');
  });

  it('goes on when the host took the snapshots along by itself', async () => {
    await open();
    const snapshot = String(must(bridge.host.answers.get('VM.snapshot'), 'answer')([refOf('VM', 'mail'), 'before']));
    const mail = target();
    const chosen = disksOf(mail);
    bridge.host.remove('VM', snapshot);
    await deleteVm({ ...mail }, chosen);
    expect(bridge.host.world.has(refOf('VDI', 'mail disk'))).toBe(false);
  });
});
