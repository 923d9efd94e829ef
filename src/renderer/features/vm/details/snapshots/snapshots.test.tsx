import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordOf, refOf } from '../../../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../../../tests/renderer/demo-screen';
import type { Records, Ref } from '../../../../../shared/api';
import { must } from '../../../../../shared/lib/assert';
import { useRecord } from '../../../../api';
import { useScreen } from '../../../../parts/actions/stage';
import { fromSnapshot } from '../../wizards/snapshot/snapshots';
import { snapshotEntries } from './snapshot-entries';
import { HERE, snapshotTree } from './snapshot-tree';
import { VmSnapshots } from './VmSnapshots';

const MAIL = refOf('VM', 'mail');
const Snapshots = ({ of: ref }: { of: Ref<'VM'> }) => { const vm = useRecord('VM', ref); return vm ? <VmSnapshots vm={vm} of={ref} /> : null; };

describe('snapshotTree', () => {
  const snapshot = (name: string, day: number, parent = 'NULL') => ({ ref: refOf('VM', name), record: recordOf('VM', { name_label: name, snapshot_time: `202603${String(day).padStart(2, '0')}T10:00:00Z`, parent: refOf('VM', parent) }) });
  const shape = (rows: ReturnType<typeof snapshotTree>): string[] => rows.map(row => `${'-'.repeat(row.level - 1)}${row.snapshot?.record.name_label ?? row.id}`);

  it('puts each on what it stands on, oldest first, and the VM where it goes on', () => {
    const all = [snapshot('c', 3, 'a'), snapshot('b', 2, 'a'), snapshot('a', 1)];
    expect(shape(snapshotTree({ parent: refOf('VM', 'b') }, all))).toEqual(['a', '-b', `--${HERE}`, '-c']);
    expect(snapshotTree({ parent: refOf('VM', 'b') }, all).map(({ position, siblings }) => `${position}/${siblings}`)).toEqual(['1/1', '1/2', '1/1', '2/2']);
  });
  it('keeps what lost its parent, and a VM that stands on nothing', () => {
    expect(shape(snapshotTree({ parent: refOf('VM', 'NULL') }, [snapshot('b', 2, 'gone')]))).toEqual(['b', HERE]);
  });
  it('ends, and shows all, when the records go in a circle', () => {
    expect(shape(snapshotTree({ parent: refOf('VM', 'NULL') }, [snapshot('a', 1, 'b'), snapshot('b', 2, 'a')])).sort()).toEqual(['a', 'b', HERE]);
  });
});

describe('Snapshots', () => {
  let demo: DemoScreen;
  beforeEach(async () => { demo = await demoScreen(); });
  afterEach(() => { demo.dispose(); });
  const vm = () => must(demo.session.records.get('VM', MAIL), 'vm');
  const target = () => ({ session: demo.session, ref: MAIL, record: vm(), target: { session: demo.session, cls: 'VM' as const, ref: MAIL } });
  const take = (name = 'before', memory = false): Ref<'VM'> => must(demo.bridge.host.answers.get(memory ? 'VM.checkpoint' : 'VM.snapshot'), 'answer')([MAIL, name]) as Ref<'VM'>;
  const offer = (ref: Ref<'VM'>, ...allowed: Records['VM']['allowed_operations']): void => {
    demo.session.records.apply({ reset: false, gone: [], changed: [{ cls: 'VM', ref, record: { ...must(demo.session.records.get('VM', ref), 'snapshot'), allowed_operations: allowed } }] });
  };
  const run = (snapshot: Ref<'VM'>, id: string): string | undefined => {
    let why: string | undefined;
    const Probe = () => {
      const stage = useScreen();
      return <button onClick={() => { const entry = must(snapshotEntries(target(), { ref: snapshot, record: must(demo.session.records.get('VM', snapshot), 'snapshot') }, stage).find(each => each.id === id), id); why = entry.why; if (why === undefined) entry.run(); }}>probe</button>;
    };
    demo.show(<Probe />);
    fireEvent.click(must(screen.getAllByText('probe').at(-1), 'probe'));
    return why;
  };
  const confirm = (verb: string): void => { fireEvent.click(demo.dialog().getByRole('button', { name: verb })); };

  it('takes one, with a name and a description', async () => {
    demo.show(<Snapshots of={MAIL} />);
    expect(screen.getByText('No snapshot yet')).toBeTruthy();
    offer(MAIL, 'snapshot');
    const { showTakeSnapshot } = await import('../../wizards/snapshot/TakeSnapshotDialog');
    const Probe = () => { const stage = useScreen(); return <button onClick={() => { showTakeSnapshot(stage, [target()]); }}>take</button>; };
    demo.show(<Probe />);
    fireEvent.click(screen.getByText('take'));
    expect(demo.dialog().getByRole<HTMLInputElement>('radio', { name: /memory/ }).disabled).toBe(true);
    fireEvent.change(demo.dialog().getByLabelText(/Name/), { target: { value: 'before' } });
    fireEvent.change(demo.dialog().getByLabelText('Description'), { target: { value: 'the upgrade' } });
    confirm('Take snapshot');
    await waitFor(() => { expect(demo.told).toEqual(['Took a snapshot of “mail”']); });
    expect(demo.methods()).toEqual(['Async.VM.snapshot', 'VM.set_name_description']);
    expect(demo.session.records.get('VM', must(vm().snapshots[0], 'snapshot'))).toMatchObject({ name_label: 'before', name_description: 'the upgrade' });
  });

  it('takes one of now before it goes back, unless told not to', async () => {
    const snapshot = take();
    offer(snapshot, 'revert');
    offer(MAIL, 'snapshot');
    expect(run(snapshot, 'revert')).toBeUndefined();
    confirm('Revert');
    await waitFor(() => { expect(demo.told).toEqual(['“mail” is back at “before”']); });
    expect(demo.methods()).toEqual(['Async.VM.snapshot', 'VM.set_name_description', 'Async.VM.revert']);
    expect(demo.argsOf('Async.VM.revert')).toEqual([snapshot]);
    await waitFor(() => { expect(screen.queryByRole('dialog')).toBeNull(); });
    demo.bridge.host.calls.length = 0;
    offer(snapshot, 'revert');
    run(snapshot, 'revert');
    fireEvent.click(demo.dialog().getByRole('checkbox', { name: /snapshot of now/ }));
    confirm('Revert');
    await waitFor(() => { expect(demo.methods()).toEqual(['Async.VM.revert']); });
  });

  it('does not go back when the snapshot of now fails', async () => {
    const snapshot = take();
    offer(snapshot, 'revert');
    offer(MAIL, 'snapshot');
    demo.bridge.host.refused.set('VM.snapshot', ['SR_FULL', '2', '1']);
    run(snapshot, 'revert');
    confirm('Revert');
    await demo.dialog().findByText('The storage is too full');
    expect(demo.methods()).toEqual(['Async.VM.snapshot']);
  });

  it('lets the VM go on where a snapshot with memory was, or starts it', async () => {
    const snapshot = take('live', true);
    offer(snapshot, 'revert');
    run(snapshot, 'revert');
    fireEvent.click(demo.dialog().getByRole('checkbox', { name: 'Let it go on afterwards, where it was' }));
    confirm('Revert');
    await waitFor(() => { expect(demo.methods()).toEqual(['Async.VM.snapshot', 'VM.set_name_description', 'Async.VM.revert', 'VM.get_power_state', 'Async.VM.resume']); });
  });

  it('makes a VM of it, and takes it back when it cannot be finished', async () => {
    const snapshot = take();
    demo.bridge.host.refused.set('VM.provision', ['SR_FULL', '2', '1']);
    const before = demo.session.records.all('VM').size;
    await expect(fromSnapshot(target(), snapshot, 'VM', 'mail copy', new AbortController().signal)).rejects.toMatchObject({ failure: { code: 'SR_FULL' } });
    expect(demo.session.records.all('VM').size).toBe(before);
    expect(demo.methods()).toContain('Async.VDI.destroy');
    demo.bridge.host.refused.clear();
    const made = await fromSnapshot(target(), snapshot, 'template', 'mail template', new AbortController().signal);
    expect(demo.session.records.get('VM', made)).toMatchObject({ is_a_template: true, name_label: 'mail template' });
  });

  it('deletes one with its own disks, by name, and nothing of the VM', async () => {
    const snapshot = take();
    offer(snapshot, 'destroy');
    run(snapshot, 'delete');
    expect(demo.dialog().getByText(/“mail 0” \(40 GiB on Local storage\)/)).toBeTruthy();
    confirm('Delete');
    await waitFor(() => { expect(demo.told).toEqual(['Deleted snapshot “before”']); });
    expect(demo.bridge.host.world.has(snapshot)).toBe(false);
    expect(demo.bridge.host.world.has(refOf('VDI', 'mail disk'))).toBe(true);
    expect(vm().VBDs).toEqual([refOf('VBD', 'mail disk')]);
  });

  it('says why not', () => {
    const snapshot = take();
    offer(snapshot);
    expect(run(snapshot, 'revert')).toBe('Not possible with this snapshot.');
  });
});
