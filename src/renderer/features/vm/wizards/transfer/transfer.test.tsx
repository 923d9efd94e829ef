import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Records } from '../../../../../shared/api';
import { put, refOf } from '../../../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../../../tests/renderer/demo-screen';
import { must } from '../../../../../shared/lib/assert';
import { useScreen } from '../../../../parts/actions/stage';
import { type VmTarget, vmsOf } from '../../actions/vm-action';
import { showExport } from './ExportDialog';
import { showImport } from './ImportDialog';

/* A VM into a file of this computer, and out of one. */

const MAIL = refOf('VM', 'mail');
let demo: DemoScreen, tasks: number, wishes: unknown[];
const target = (): VmTarget => must(vmsOf([{ session: demo.session, cls: 'VM', ref: MAIL }])[0], 'vm');
const open = (show: (stage: ReturnType<typeof useScreen>) => void): void => {
  const Probe = () => { const stage = useScreen(); return <button onClick={() => { show(stage); }}>open</button>; };
  demo.show(<Probe />);
  fireEvent.click(screen.getByText('open'));
};
/** The host ends the task that the transfer runs in. */
const ends = (task: string, fields: Partial<Records['task']>): void => { demo.bridge.host.change('task', task, { allowed_operations: [], ...fields }); };

beforeEach(async () => {
  demo = await demoScreen();
  tasks = 0;
  wishes = [];
  demo.bridge.host.answers.set('task.create', () => {
    const ref = put(demo.bridge.host.world, 'task', `transfer ${++tasks}`, { name_label: 'VM.export', status: 'pending', created: '20260301T09:00:00Z' });
    demo.bridge.host.change('task', ref, {});
    return ref;
  });
  demo.bridge.archive = { id: 'archive-1', name: 'mail.xva', sizeBytes: 3 * 1024 ** 2 };
  demo.bridge.transfer = (_channel, task, wish) => { wishes.push(wish); ends(task, { status: 'success', progress: 1, result: `<value><array><data><value>OpaqueRef:00000000-0000-4000-8000-000000000001</value></data></array></value>` }); return Promise.resolve({ ok: true, value: undefined }); };
});
afterEach(() => { demo.dispose(); });

it('exports a VM to the file that was chosen', async () => {
  open(stage => { showExport(stage, target()); });
  fireEvent.click(demo.dialog().getByRole('radio', { name: /zstd/ }));
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Choose a file and export' }));
  await waitFor(() => { expect(demo.told).toEqual(['Exported “mail” to mail.xva']); });
  expect([wishes, demo.bridge.settled]).toEqual([[{ vm: MAIL, compression: 'zstd', snapshots: false }], [true]]);
});

it('does nothing when no file is chosen, and leaves none when the export fails', async () => {
  demo.bridge.archive = undefined;
  open(stage => { showExport(stage, target()); });
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Choose a file and export' }));
  await waitFor(() => { expect(demo.dialog().getByText('Cancelled')).toBeTruthy(); });
  expect([tasks, demo.bridge.settled]).toEqual([0, []]);
  demo.bridge.archive = { id: 'archive-1', name: 'mail.xva', sizeBytes: 0 };
  demo.bridge.transfer = (_channel, task) => { ends(task, { status: 'failure', error_info: ['VM_BAD_POWER_STATE', MAIL, 'halted', 'running'] }); return Promise.resolve({ ok: false, kind: 'silent', reason: 'closed' }); };
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Choose a file and export' }));
  await waitFor(() => { expect(demo.dialog().getByText('VM_BAD_POWER_STATE')).toBeTruthy(); });
  expect(demo.bridge.settled).toEqual([false]);
});

it('ends a task that the host never began, and says what was wrong here', async () => {
  demo.bridge.transfer = () => Promise.resolve({ ok: false, kind: 'file', reason: 'ENOSPC' });
  open(stage => { showExport(stage, target()); });
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Choose a file and export' }));
  await waitFor(() => { expect(demo.dialog().getByText('The file cannot be sent')).toBeTruthy(); });
  expect(demo.bridge.settled).toEqual([false]);
});

it('imports a VM where it is wanted, and goes there', async () => {
  open(stage => { showImport(stage, demo.session, must(demo.bridge.archive, 'file')); });
  expect(demo.dialog().getByText(/3 MiB/)).toBeTruthy();
  fireEvent.click(demo.dialog().getByRole('checkbox', { name: /Restore/ }));
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Import' }));
  await waitFor(() => { expect(demo.told).toEqual(['Imported “mail.xva”']); });
  expect(wishes).toEqual([{ sr: expect.stringMatching(/^OpaqueRef:|SR/) as string, network: '', restore: true }]);
});

it('says in words why a file was refused', async () => {
  demo.bridge.transfer = (_channel, task) => { ends(task, { status: 'failure', error_info: ['IMPORT_ERROR_SOME_CHECKSUMS_FAILED'] }); return Promise.resolve({ ok: true, value: undefined }); };
  open(stage => { showImport(stage, demo.session, must(demo.bridge.archive, 'file')); });
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Import' }));
  await waitFor(() => { expect(demo.dialog().getByText('The file is damaged')).toBeTruthy(); });
  expect(demo.told).toEqual([]);
});
