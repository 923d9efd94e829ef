import { fireEvent, screen, waitFor } from '@testing-library/react';
import type { Records } from '../../../shared/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../tests/renderer/demo-screen';
import { must } from '../../../shared/lib/assert';
import { World } from '../../api';
import { useScreen } from '../../parts/actions/stage';
import type { Action } from '../../parts/actions/action';
import { attach } from './actions/attach';
import { check } from './actions/check';
import { detach } from './actions/detach';
import { fetchIso } from './actions/fetch-iso';
import { destroy, forget } from './actions/remove';
import { makeDefault } from './actions/make-default';
import { uploadIso } from './actions/upload-iso';
import { SrGeneral } from './details/SrGeneral';
import { diskEntries } from './disks/disk-entries';
import { nameFromUrl, problemsOf } from '../../parts/sr/fetch-wish';
import { readProblems } from './problems';

const LOCAL = refOf('SR', 'local');
const ISO = refOf('SR', 'iso');
let demo: DemoScreen;
beforeEach(async () => {
  demo = await demoScreen();
  const { host } = demo.bridge;
  put(host.world, 'SR', 'iso', { name_label: 'Images', type: 'iso', content_type: 'iso', allowed_operations: ['vdi_create', 'scan'], PBDs: [put(host.world, 'PBD', 'iso', { host: refOf('host', 'host'), SR: ISO, currently_attached: true })] });
  host.change('SR', ISO, {});
  host.change('PBD', refOf('PBD', 'iso'), {});
  host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
  host.answers.set('PBD.unplug', ([ref]: readonly unknown[]) => { host.change('PBD', String(ref), { currently_attached: false }); return ''; });
  host.answers.set('PBD.plug', ([ref]: readonly unknown[]) => { host.change('PBD', String(ref), { currently_attached: true }); return ''; });
});
afterEach(() => { demo.dispose(); });

const target = (ref: string) => ({ session: demo.session, cls: 'SR' as const, ref });
const run = (action: Action, ref: string): void => {
  const Opener = () => { const stage = useScreen(); return <button onClick={() => { stage.perform(action, [target(ref)]); }}>go</button>; };
  demo.show(<Opener />);
  fireEvent.click(must(screen.getAllByText('go').at(-1), 'button'));
};
const closed = (): Promise<void> => waitFor(() => { expect(screen.queryByRole('dialog')).toBeNull(); });

describe('attaching', () => {
  it('detaches only what nobody uses, after a question, and attaches again', async () => {
    demo.bridge.host.change('SR', LOCAL, { allowed_operations: ['unplug', 'plug'] });
    expect(attach.whyNot([target(LOCAL)])).toBe('It is attached.');
    demo.bridge.host.change('VBD', refOf('VBD', 'Tiny Linux 1 disk'), { currently_attached: false });
    run(detach, LOCAL);
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Detach' }));
    await waitFor(() => { expect(demo.told).toEqual(['Detached “Local storage”']); });
    expect(detach.whyNot([target(LOCAL)])).toBe('It is not attached.');
    expect(attach.whyNot([target(LOCAL)])).toBeUndefined();
    run(attach, LOCAL);
    await waitFor(() => { expect(demo.told).toContain('Attached “Local storage”'); });
  });
  it('shuts down for maintenance who uses it, and detaches nothing when one does not follow', async () => {
    const { host } = demo.bridge, tiny = refOf('VM', 'Tiny Linux 1'), disk = refOf('VBD', 'Tiny Linux 1 disk');
    host.change('SR', LOCAL, { allowed_operations: ['unplug', 'plug'] });
    host.refused.set('VM.clean_shutdown', ['VM_SHUTDOWN_TIMEOUT', tiny, '60']);
    run(detach, LOCAL);
    expect(demo.dialog().getByRole('list', { name: 'VMs that use it' }).textContent).toBe('“Tiny Linux 1”');
    const go = (): void => { fireEvent.click(demo.dialog().getByRole('button', { name: 'Shut down 1 VM and detach' })); };
    go();
    await demo.dialog().findByRole('alert');
    expect(demo.session.records.get('PBD', refOf('PBD', 'local'))?.currently_attached).toBe(true);
    host.refused.clear();
    host.answers.set('VM.clean_shutdown', ([vm]: readonly unknown[]) => { host.change('VBD', disk, { currently_attached: false }); host.change('VM', String(vm), { power_state: 'Halted' }); return ''; });
    go();
    await waitFor(() => { expect(demo.told).toContain('Detached “Local storage”'); });
    expect(demo.methods().filter(method => method.startsWith('Async.'))).toEqual(['Async.VM.clean_shutdown', 'Async.VM.clean_shutdown', 'Async.PBD.unplug']);
  });
  it('waits for who is suspended on it', () => {
    demo.bridge.host.change('SR', LOCAL, { allowed_operations: ['unplug'] });
    demo.bridge.host.change('VM', refOf('VM', 'Tiny Linux 1'), { power_state: 'Suspended' });
    run(detach, LOCAL);
    expect(demo.dialog().getByRole<HTMLButtonElement>('button', { name: /and detach/ }).disabled).toBe(true);
    expect(demo.dialog().getByText(/suspended, and goes on from its disks/)).toBeTruthy();
  });
  it('is offered only where the host offers it', () => {
    demo.bridge.host.change('PBD', refOf('PBD', 'local'), { currently_attached: false });
    expect(attach.whyNot([target(LOCAL)])).toBe('The host does not offer to attach this storage now.');
  });
});

describe('removing', () => {
  it('takes the typed name to destroy, lists what goes, and detaches first', async () => {
    const { host } = demo.bridge;
    host.change('SR', LOCAL, { allowed_operations: ['unplug'] });
    host.answers.set('SR.destroy', ([ref]: readonly unknown[]) => { host.remove('SR', String(ref)); return ''; });
    run(destroy, LOCAL);
    expect(demo.dialog().getByText('used by “Tiny Linux 1”')).toBeTruthy();
    const button = demo.dialog().getByRole<HTMLButtonElement>('button', { name: 'Destroy with 4 disks' });
    expect(button.disabled).toBe(true);
    fireEvent.change(demo.dialog().getByLabelText(/Type the name/), { target: { value: 'Local storage' } });
    expect(button.disabled).toBe(false);
    fireEvent.click(button);
    await closed();
    expect(demo.methods().filter(method => method.startsWith('Async.'))).toEqual(['Async.PBD.unplug', 'Async.SR.destroy']);
  });
  it('attaches it again when it cannot be forgotten', async () => {
    demo.bridge.host.change('SR', LOCAL, { allowed_operations: ['unplug'] });
    demo.bridge.host.refused.set('SR.forget', ['OPERATION_NOT_ALLOWED', 'no']);
    run(forget, LOCAL);
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Forget' }));
    await demo.dialog().findByText('The host does not allow this now');
    expect(demo.session.records.get('PBD', refOf('PBD', 'local'))?.currently_attached).toBe(true);
  });
  it('says why not', () => {
    expect(forget.whyNot([target(ISO)])).toBe('The host does not offer to forget this storage now.');
    demo.bridge.become(demo.session.id, { at: 'lost', since: 0, reason: 'closed', attempt: 1, nextTryAt: 0 });
    expect(forget.whyNot([target(LOCAL)])).toMatch(/is lost/);
  });
});

describe('an ISO library', () => {
  const file = { id: 'f', name: 'debian.iso', sizeBytes: 1_000, kind: 'iso' } as const;
  const ends = (task: string, fields: Partial<Records['task']>): void => { demo.bridge.host.change('task', task, { allowed_operations: [], ...fields }); };
  let tasks = 0;
  beforeEach(() => {
    const { host } = demo.bridge;
    host.answers.set('VDI.create', ([record]: readonly unknown[]) => { const vdi = put(host.world, 'VDI', 'new iso', record as never); host.change('VDI', vdi, {}); return vdi; });
    host.answers.set('task.create', () => { const ref = put(host.world, 'task', `upload ${++tasks}`, { name_label: 'import_raw_vdi', status: 'pending', created: '20260301T09:00:00Z' }); host.change('task', ref, {}); return ref; });
    demo.bridge.files = [file];
  });
  const upload = (): void => { run(uploadIso(new World(demo.bridge)), ISO); };

  it('takes images of this computer: an empty disk first, then the bytes', async () => {
    const sent: unknown[] = [];
    demo.bridge.transfer = (wish, task) => { sent.push(wish); ends(task, { status: 'success', progress: 1 }); return Promise.resolve({ ok: true, value: undefined }); };
    upload();
    await waitFor(() => { expect(demo.told).toEqual(['Uploaded “debian.iso”']); });
    expect(demo.argsOf('VDI.create')[0]).toMatchObject({ SR: ISO, name_label: 'debian.iso', virtual_size: 1_024, type: 'user' });
    expect(sent).toMatchObject([{ what: 'into-disk', vdi: refOf('VDI', 'new iso') }]);
  });
  it('removes the empty disk when the bytes do not come, and tells both when that fails, too', async () => {
    demo.bridge.transfer = (_wish, task) => { ends(task, { status: 'failure', error_info: ['SR_FULL', '1', '0'] }); return Promise.resolve({ ok: false, kind: 'refused', code: 'SR_FULL', params: ['1', '0'] }); };
    upload();
    await waitFor(() => { expect(demo.failures).toMatchObject([{ kind: 'refused', code: 'SR_FULL' }]); });
    expect(demo.bridge.host.world.has(refOf('VDI', 'new iso'))).toBe(false);
    demo.bridge.host.refused.set('VDI.destroy', ['VDI_IN_USE', 'x', 'y']);
    upload();
    await waitFor(() => { expect(demo.failures[1]).toMatchObject({ kind: 'half-made', name: 'debian.iso', cause: { code: 'SR_FULL' }, undo: { code: 'VDI_IN_USE' } }); });
  });
  it('is the only place for them, and says so', () => {
    const upload = uploadIso(new World(demo.bridge));
    expect(upload.whyNot([target(ISO)])).toBeUndefined();
    expect(upload.whyNot([target(LOCAL)])).toBe('Only an ISO library takes disc images.');
    demo.bridge.host.change('host', refOf('host', 'host'), { API_version_vendor: 'XenSource' });
    expect(fetchIso.whyNot([target(ISO)])).toBe('Only hosts of Administrator Console can do this.');
    expect(check.whyNot([target(ISO)])).toBe('Only hosts of Administrator Console can do this.');
  });
  it('fetches by URL with a checksum', async () => {
    demo.bridge.host.answers.set('host.call_plugin', () => '');
    run(fetchIso, ISO);
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Fetch' }));
    expect(demo.dialog().getByText(/begins with https/)).toBeTruthy();
    fireEvent.change(demo.dialog().getByLabelText(/Address/), { target: { value: 'https://example.org/a/debian%2012.iso?x=1' } });
    expect(demo.dialog().getByLabelText<HTMLInputElement>(/Name/).value).toBe('debian 12.iso');
    fireEvent.change(demo.dialog().getByLabelText(/SHA-256/), { target: { value: 'AB'.repeat(32) } });
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Fetch' }));
    await closed();
    expect(demo.argsOf('Async.host.call_plugin').slice(1)).toEqual(['administrator-console', 'iso_fetch', { sr: demo.session.records.get('SR', ISO)?.uuid, url: 'https://example.org/a/debian%2012.iso?x=1', name: 'debian 12.iso', sha256: 'ab'.repeat(32) }]);
  });
  it('takes what is dropped on its page', async () => {
    const sent: string[] = [];
    demo.bridge.transfer = (_wish, task, id) => { sent.push(id); ends(task, { status: 'success', progress: 1 }); return Promise.resolve({ ok: true, value: undefined }); };
    const { SrDisks } = await import('./details/SrDisks');
    demo.show(<SrDisks sr={{ target: target(ISO), session: demo.session, ref: ISO, record: must(demo.session.records.get('SR', ISO), 'sr') }} />);
    const zone = must(document.querySelector('[data-drop-zone]'), 'zone');
    fireEvent.drop(zone, { dataTransfer: { types: ['Files'], files: [new File(['x'], 'a.iso')] } });
    await waitFor(() => { expect(demo.told).toEqual(['Uploaded “a.iso”']); });
    expect(sent).toEqual(['dropped a.iso']);
  });
});

it('checks an address and a checksum before it asks', () => {
  expect(problemsOf({ url: 'file:///etc/passwd', name: '', sha256: 'xyz' })).toEqual({ url: expect.stringContaining('https') as string, name: 'Give it a name.', sha256: expect.stringContaining('64') as string });
  expect(nameFromUrl('no url')).toBe('');
});

it('reads what a check has found, also as a task tells it', () => {
  expect(readProblems('')).toEqual([]);
  expect(readProblems('<value/>')).toEqual([]);
  expect(readProblems('<value>[{&quot;uuid&quot;:&quot;u&quot;,&quot;problem&quot;:&quot;a &lt; b&quot;}]</value>')).toEqual([{ uuid: 'u', problem: 'a < b' }]);
  expect(() => readProblems('{}')).toThrow();
});

describe('the disks', () => {
  const why = (fields: object, id: string): string | undefined => {
    const ref = refOf('VDI', 'mail disk');
    demo.bridge.host.change('VDI', ref, fields);
    const record = must(demo.session.records.get('VDI', ref), 'vdi');
    return must(diskEntries({ session: demo.session, ref, record }, { show: () => undefined } as never).flat().find(entry => entry.id === id), id).why;
  };
  it('that are missing can be forgotten, after a question', async () => {
    const ref = refOf('VDI', 'mail disk');
    demo.bridge.host.answers.set('VDI.forget', ([vdi]) => { demo.bridge.host.remove('VDI', String(vdi)); return ''; });
    demo.bridge.host.change('VDI', ref, { missing: true, allowed_operations: ['forget', 'destroy'] });
    const record = must(demo.session.records.get('VDI', ref), 'vdi');
    const Opener = () => { const stage = useScreen(); return <button onClick={() => { diskEntries({ session: demo.session, ref, record }, stage).flat().find(entry => entry.id === 'forget')?.run(); }}>go</button>; };
    demo.show(<Opener />);
    fireEvent.click(screen.getByText('go'));
    expect(demo.dialog().getByText(/“mail” will not have it any more/)).toBeTruthy();
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Forget' }));
    await waitFor(() => { expect(demo.told).toEqual([expect.stringMatching(/^Forgot disk/)]); });
    expect(demo.methods()).toEqual(['Async.VDI.forget']);
    expect(diskEntries({ session: demo.session, ref, record: { ...record, missing: false } }, { show: () => undefined } as never).flat().some(entry => entry.id === 'forget')).toBe(false);
  });
  it('are offered what their allowed_operations say, with the users in the reason', () => {
    expect(why({ allowed_operations: ['resize_online'] }, 'resize')).toBeUndefined();
    expect(why({ allowed_operations: [] }, 'resize')).toBe('This disk cannot be resized now.');
    expect(why({ allowed_operations: [] }, 'delete')).toBe('In use by “mail”.');
    expect(why({ allowed_operations: ['copy'] }, 'copy')).toBeUndefined();
    expect(why({ allowed_operations: [], current_operations: { t: 'mirror' } }, 'move')).toMatch(/under way \(mirror\)/);
  });
});

it('shows how each host reaches it, and no secret', () => {
  demo.bridge.host.change('PBD', refOf('PBD', 'local'), { currently_attached: false, device_config: { location: '/srv', password_secret: 'uuid-of-a-secret' } });
  demo.show(<SrGeneral sr={{ target: target(LOCAL), session: demo.session, ref: LOCAL, record: must(demo.session.records.get('SR', LOCAL), 'sr') }} />);
  expect(screen.getByText('detached')).toBeTruthy();
  expect(screen.getByText('/srv')).toBeTruthy();
  expect(screen.getByText('kept as a secret')).toBeTruthy();
  expect(document.body.textContent).not.toContain('uuid-of-a-secret');
  demo.bridge.host.change('host_metrics', refOf('host_metrics', 'host'), { live: false });
  return waitFor(() => { expect(screen.getByText('host is dead')).toBeTruthy(); });
});

it('makes one the default', async () => {
  expect(makeDefault.whyNot([target(LOCAL)])).toBe('It is the default.');
  expect(makeDefault.whyNot([target(ISO)])).toMatch(/ISO library/);
  const other = put(demo.bridge.host.world, 'SR', 'other', { name_label: 'Other' });
  demo.bridge.host.change('SR', other, {});
  run(makeDefault, other);
  await waitFor(() => { expect(demo.told).toEqual(['New disks go to “Other”']); });
  expect(demo.argsOf('pool.set_default_SR')[1]).toBe(other);
});
