import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../tests/renderer/demo-screen';
import type { Records } from '../../../shared/api';
import { must } from '../../../shared/lib/assert';
import type { LocalFile } from '../../api';
import { useScreen, type Screen } from '../actions/stage';
import { amountText } from '../tasks/amount';
import { TaskList } from '../tasks/TaskList';
import { showExportDisk } from './ExportDiskDialog';
import { showImport } from './ImportDialog';

/* Disks into files, files into disks, VMs and libraries; what breaks off goes on in the list of tasks. */

const DISK = refOf('VDI', 'mail disk'), MAIL = refOf('VM', 'mail'), MADE = 'OpaqueRef:00000000-0000-4000-8000-000000000001';
let demo: DemoScreen, tasks: number, stage: Screen, sent: { wish: unknown; resume: boolean }[];
const file = (name: string, kind: LocalFile['kind'], sizeBytes = 3 * 1024 ** 2): LocalFile => ({ id: `file ${name}`, name, kind, sizeBytes });
const ends = (task: string, fields: Partial<Records['task']>): void => { demo.bridge.host.change('task', task, { allowed_operations: [], ...fields }); };
const well = (task: string, result = ''): Promise<{ ok: true; value: undefined }> => { ends(task, { status: 'success', progress: 1, result: `<value>${result}</value>` }); return Promise.resolve({ ok: true, value: undefined }); };

beforeEach(async () => {
  demo = await demoScreen();
  [tasks, sent] = [0, []];
  const { host } = demo.bridge;
  host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
  host.answers.set('task.create', () => { const ref = put(host.world, 'task', `transfer ${++tasks}`, { name_label: 'x', status: 'pending', created: '20260301T09:00:00Z' }); host.change('task', ref, {}); return ref; });
  demo.bridge.transfer = (wish, task, _file, resume) => { sent.push({ wish, resume }); return well(task, MADE); };
  const Probe = () => { stage = useScreen(); return <TaskList />; };
  demo.show(<Probe />);
});
afterEach(() => { demo.dispose(); });
const importing = (files: readonly LocalFile[], to = {}): void => { act(() => { showImport(stage, demo.session, files, to); }); };
const press = (name: string): void => { fireEvent.click(demo.dialog().getByRole('button', { name })); };

describe('a disk into a file', () => {
  const exporting = (): void => {
    act(() => { showExportDisk(stage, { session: demo.session, ref: DISK, record: must(demo.session.records.get('VDI', DISK), 'disk') }); });
    demo.bridge.place = file('mail 0.qcow2', 'unknown', 0);
    fireEvent.click(demo.dialog().getByRole('radio', { name: /^qcow2/ }));
    press('Choose a file and export');
  };
  it('goes on where it broke off', async () => {
    demo.bridge.transfer = (wish, task, _file, resume) => { sent.push({ wish, resume }); if (resume) return well(task); return Promise.resolve({ ok: false, kind: 'silent', reason: 'closed' }); };
    exporting();
    fireEvent.click(await screen.findByRole('button', { name: 'Go on' }));
    await waitFor(() => { expect(demo.told.at(-1)).toMatch(/^Exported/); });
    const wish = { what: 'disk', vdi: DISK, format: 'qcow2' };
    expect([sent, demo.bridge.settled]).toEqual([[{ wish, resume: false }, { wish, resume: true }], [true]]);
    expect(screen.queryByRole('button', { name: 'Go on' })).toBeNull();
  });
  it('leaves nothing when it is discarded', async () => {
    demo.bridge.transfer = () => Promise.resolve({ ok: false, kind: 'silent', reason: 'closed' });
    exporting();
    fireEvent.click(await screen.findByRole('button', { name: 'Discard' }));
    await waitFor(() => { expect(demo.bridge.settled).toEqual([false]); });
    expect(screen.queryByRole('button', { name: /Go on|Discard/ })).toBeNull();
  });
});

describe('files that are imported', () => {
  it('each as what it is, several at once; what nobody knows is left out and said', async () => {
    importing([file('mail.xva', 'xva'), file('data.vmdk', 'vmdk'), file('notes.txt', 'unknown')]);
    expect(demo.dialog().getByText('3 MiB, neither a VM nor a disk nor a disc image: it is left out')).toBeTruthy();
    fireEvent.click(demo.dialog().getByRole('checkbox', { name: /Restore/ }));
    press('Import');
    await waitFor(() => { expect([...demo.told].sort()).toEqual(['Imported “data”', 'Imported “mail.xva”']); });
    const sr = expect.stringMatching(/./) as string;
    expect(sent.map(({ wish }) => wish)).toEqual([{ what: 'vm', sr, network: '', restore: true, resumable: true }, { what: 'new-disk', sr, name: 'data', format: 'vmdk', resumable: true }]);
  });
  it('of which none is known are not imported', () => {
    importing([file('notes.txt', 'unknown')]);
    expect(demo.dialog().getByText(/Nothing here can be imported/)).toBeTruthy();
    expect(demo.dialog().getByRole<HTMLButtonElement>('button', { name: 'Import' }).disabled).toBe(true);
  });
  it('say in words why one was refused, and can be tried again', async () => {
    demo.bridge.transfer = (_wish, task) => { ends(task, { status: 'failure', error_info: ['IMPORT_ERROR_SOME_CHECKSUMS_FAILED'] }); return Promise.resolve({ ok: true, value: undefined }); };
    importing([file('mail.xva', 'xva')]);
    press('Import');
    expect(await screen.findByText('The file is damaged')).toBeTruthy();
    demo.bridge.transfer = (wish, task, _file, resume) => { sent.push({ wish, resume }); return well(task); };
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => { expect(demo.told.at(-1)).toBe('Imported “mail.xva”'); });
  });
  it('a VM that broke off goes on in the task that waits for it, or is discarded with that', async () => {
    const tasksOf: string[] = [];
    demo.bridge.transfer = (wish, task, _file, resume) => { tasksOf.push(task); sent.push({ wish, resume }); return resume ? well(task) : Promise.resolve({ ok: false, kind: 'silent', reason: 'closed' }); };
    importing([file('mail.xva', 'xva')]);
    press('Import');
    fireEvent.click(await screen.findByRole('button', { name: 'Go on' }));
    await waitFor(() => { expect(demo.told.at(-1)).toBe('Imported “mail.xva”'); });
    expect([sent.map(({ resume }) => resume), tasksOf[1]]).toEqual([[false, true], tasksOf[0]]);
    importing([file('other.xva', 'xva')]);
    press('Import');
    fireEvent.click(await screen.findByRole('button', { name: 'Discard' }));
    await waitFor(() => { expect(demo.session.records.get('task', tasksOf[2]!)?.status).not.toBe('pending'); });
    expect(screen.queryByRole('button', { name: /Go on|Discard/ })).toBeNull();
  });
  it('a raw disk goes on from where the host has it, and is given to its VM', async () => {
    const { host } = demo.bridge;
    host.answers.set('VDI.create', ([record]: readonly unknown[]) => { const vdi = put(host.world, 'VDI', 'raw', record as never); host.change('VDI', vdi, {}); return vdi; });
    host.answers.set('VM.get_allowed_VBD_devices', () => ['2']);
    demo.bridge.transfer = (wish, task, _file, resume) => {
      sent.push({ wish, resume });
      if (sent.length > 1) return well(task);
      host.change('VDI', refOf('VDI', 'raw'), { other_config: { upload_offset: '1048576' } });
      ends(task, { status: 'failure', error_info: ['IMPORT_ERROR_PREMATURE_EOF'] });
      return Promise.resolve({ ok: false, kind: 'silent', reason: 'closed' });
    };
    importing([file('data.img', 'raw')], { vm: MAIL });
    press('Import');
    fireEvent.click(await screen.findByRole('button', { name: 'Go on' }));
    await waitFor(() => { expect(demo.told.at(-1)).toBe('Imported “data” and gave it to “mail”'); });
    expect(sent.map(({ wish }) => wish)).toEqual([0, 1_048_576].map(fromByte => ({ what: 'into-disk', vdi: refOf('VDI', 'raw'), fromByte })));
    expect(demo.argsOf('Async.VBD.create')[0]).toMatchObject({ VM: MAIL, VDI: refOf('VDI', 'raw'), userdevice: '2' });
  });
  it('a disk that its VM cannot have stays, and that is said', async () => {
    demo.bridge.host.answers.set('VM.get_allowed_VBD_devices', () => []);
    importing([file('data.vmdk', 'vmdk')], { vm: MAIL });
    press('Import');
    await waitFor(() => { expect(demo.told.at(-1)).toBe('Imported “data”'); });
    expect(demo.told.at(-2)).toBe('Could not give “data” to “mail”');
    expect(demo.failures).toMatchObject([{ kind: 'refused', code: 'INVALID_DEVICE' }]);
    expect(demo.methods()).not.toContain('VDI.destroy');
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull(); // nothing is to be sent again
  });
  it('stops when the list of tasks says so, and leaves no half disk', async () => {
    const { host } = demo.bridge;
    host.answers.set('VDI.create', ([record]: readonly unknown[]) => { const vdi = put(host.world, 'VDI', 'raw', record as never); host.change('VDI', vdi, {}); return vdi; });
    let cut: () => void = () => undefined;
    demo.bridge.transfer = () => new Promise(resolve => { cut = () => { resolve({ ok: false, kind: 'silent', reason: 'cancelled' }); }; });
    importing([file('data.img', 'raw')]);
    press('Import');
    await waitFor(() => { expect(tasks).toBe(1); });
    act(() => { demo.bridge.announce('transfer.progress', { file: 'file data.img', bytes: 1024 ** 2, totalBytes: 3 * 1024 ** 2 }); });
    expect(await screen.findByText(/^1 MiB of 3 MiB/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    cut();
    await waitFor(() => { expect(demo.failures).toEqual([{ kind: 'aborted' }]); });
    expect([demo.bridge.cancelled, host.world.has(refOf('VDI', 'raw'))]).toEqual([['file data.img'], false]);
  });
});

it('tells bytes, rate and time left', () => {
  const MIB = 1024 ** 2, marks = [{ at: 10_000, bytes: 10 * MIB }];
  expect(amountText({ amount: { bytes: 50 * MIB, totalBytes: 100 * MIB, marks }, progress: 0, startedAt: 0 }, 14_000)).toBe('50 MiB of 100 MiB, 10 MiB/s, 5 s left');
  expect(amountText({ amount: { bytes: 50 * MIB, marks }, progress: 0.25, startedAt: 0 }, 14_000)).toBe('50 MiB, 10 MiB/s, 15 s left');
  expect(amountText({ amount: { bytes: 50 * MIB, marks }, progress: 0, startedAt: 0 }, 10_500)).toBe('50 MiB');
});
