import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { put, refOf } from '../../../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../../../tests/renderer/demo-screen';
import type { Records } from '../../../../../shared/api';
import { must } from '../../../../../shared/lib/assert';
import { useScreen } from '../../../../parts/actions/stage';
import { vmsOf } from '../../actions/vm-action';
import { showExport } from './ExportDialog';

/* A VM into a file of this computer. */

const MAIL = refOf('VM', 'mail');
let demo: DemoScreen, tasks: number, wishes: unknown[];
const ends = (task: string, fields: Partial<Records['task']>): void => { demo.bridge.host.change('task', task, { allowed_operations: [], ...fields }); };
const open = (): void => {
  const Probe = () => { const stage = useScreen(); return <button onClick={() => { showExport(stage, must(vmsOf([{ session: demo.session, cls: 'VM', ref: MAIL }])[0], 'vm')); }}>open</button>; };
  demo.show(<Probe />);
  fireEvent.click(screen.getByText('open'));
};
const press = (): void => { fireEvent.click(demo.dialog().getByRole('button', { name: 'Choose a file and export' })); };

beforeEach(async () => {
  demo = await demoScreen();
  [tasks, wishes] = [0, []];
  const { host } = demo.bridge;
  host.answers.set('task.create', () => { const ref = put(host.world, 'task', `transfer ${++tasks}`, { name_label: 'VM.export', status: 'pending', created: '20260301T09:00:00Z' }); host.change('task', ref, {}); return ref; });
  demo.bridge.place = { id: 'file-1', name: 'mail.xva', sizeBytes: 0, kind: 'unknown' };
  demo.bridge.transfer = (wish, task) => { wishes.push(wish); ends(task, { status: 'success', progress: 1 }); return Promise.resolve({ ok: true, value: undefined }); };
});
afterEach(() => { demo.dispose(); });

it('exports to the file that was chosen', async () => {
  open();
  fireEvent.click(demo.dialog().getByRole('radio', { name: /zstd/ }));
  press();
  await waitFor(() => { expect(demo.told).toEqual(['Exported “mail” to mail.xva']); });
  expect([wishes, demo.bridge.settled]).toEqual([[{ what: 'vm', vm: MAIL, format: 'xva', compression: 'zstd', snapshots: false }], [true]]);
});

it('offers OVA only where the host can', () => {
  open();
  expect(demo.dialog().getByRole<HTMLInputElement>('radio', { name: /^OVA/ }).disabled).toBe(true);
});

it('does nothing when no file is chosen, and leaves none when the export fails', async () => {
  demo.bridge.place = undefined;
  open();
  press();
  await waitFor(() => { expect(demo.dialog().getByText('Cancelled')).toBeTruthy(); });
  expect([tasks, demo.bridge.settled]).toEqual([0, []]);
  demo.bridge.place = { id: 'file-1', name: 'mail.xva', sizeBytes: 0, kind: 'unknown' };
  demo.bridge.transfer = (_wish, task) => { ends(task, { status: 'failure', error_info: ['VM_BAD_POWER_STATE', MAIL, 'halted', 'running'] }); return Promise.resolve({ ok: false, kind: 'silent', reason: 'closed' }); };
  press();
  await waitFor(() => { expect(demo.failures).toMatchObject([{ kind: 'refused', code: 'VM_BAD_POWER_STATE' }]); });
  expect(demo.bridge.settled).toEqual([false]);
});

it('ends a task that the host never began, and says what was wrong here', async () => {
  demo.bridge.transfer = () => Promise.resolve({ ok: false, kind: 'file', reason: 'ENOSPC' });
  open();
  press();
  await waitFor(() => { expect(demo.failures).toEqual([{ kind: 'file', reason: 'ENOSPC' }]); });
});
