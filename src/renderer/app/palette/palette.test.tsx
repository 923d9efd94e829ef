import { act, cleanup, configure, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DemoBridge } from '../../../../tests/renderer/demo-bridge';
import { putVm } from '../../../../tests/renderer/demo-records';
import type { Disposable } from '../../../shared/lib/emitter';
import { World } from '../../api';
import { App } from '../App';
import { FILTER_LABEL } from '../tree/TreeBar';

// Rows of the tree want a layout: e2e. On a busy machine an answer takes its while.
configure({ asyncUtilTimeout: 10_000, defaultHidden: true });
let running: Disposable, bridge: DemoBridge;
beforeEach(async () => {
  bridge = new DemoBridge();
  putVm(bridge.host.world, 'web-1', { tags: ['web'] });
  putVm(bridge.host.world, 'web-2', { tags: ['web'], power_state: 'Running' });
  bridge.begin();
  const world = new World(bridge);
  running = world.start();
  await act(async () => { render(<App world={world} />); await Promise.resolve(); });
  await screen.findByRole('heading', { name: 'lab-1' });
}, 30_000);
afterEach(() => { cleanup(); running.dispose(); localStorage.clear(); });

const press = (key: string, extra: Partial<KeyboardEventInit> = {}): void => { fireEvent.keyDown(document.activeElement ?? document.body, { key, ...extra }); };
const openPalette = async () => { press('p', { ctrlKey: true }); return within(await screen.findByRole('dialog', { name: 'Go to anything' })); };

const goTo = async (name: string): Promise<void> => {
  const dialog = await openPalette();
  fireEvent.change(dialog.getByRole('combobox'), { target: { value: name } });
  expect(dialog.getAllByRole('option')[0]?.textContent).toContain(name);
  fireEvent.keyDown(dialog.getByRole('combobox'), { key: 'Enter' });
  await screen.findByRole('heading', { name });
  await waitFor(() => { expect(screen.queryByRole('dialog')).toBeNull(); });
};

describe('the palette', () => {
  it('goes to an object by a part of its name', async () => { await goTo('web-2'); });
  it('does to what is chosen what can be done, and says why the rest cannot', async () => {
    await goTo('web-1');
    const dialog = await openPalette();
    fireEvent.change(dialog.getByRole('combobox'), { target: { value: '>susp' } });
    const [suspend] = dialog.getAllByRole('option');
    expect([suspend?.getAttribute('aria-disabled'), suspend?.textContent]).toEqual(['true', expect.stringMatching(/Only for a VM that is running/)]);
    fireEvent.keyDown(dialog.getByRole('combobox'), { key: 'Enter' }); // it stays
    fireEvent.change(dialog.getByRole('combobox'), { target: { value: '>start' } });
    fireEvent.keyDown(dialog.getByRole('combobox'), { key: 'Enter' });
    await waitFor(() => { expect(bridge.host.calls.map(({ method }) => method)).toContain('Async.VM.start'); });
  });
  it('shows all that fits as a list, and says when nothing does', async () => {
    const dialog = await openPalette();
    fireEvent.change(dialog.getByRole('combobox'), { target: { value: 'zzz' } });
    expect(dialog.queryAllByRole('option').map(option => option.textContent)).toEqual([expect.stringContaining('All VMs that fit')]);
    fireEvent.change(dialog.getByRole('combobox'), { target: { value: 'tag:web' } });
    fireEvent.click(dialog.getByText('All VMs that fit “tag:web”'));
    await screen.findByRole('table', { name: 'tag:web' });
    expect(screen.getByText('2 VMs')).toBeTruthy();
  });
});

describe('the keys', () => {
  it('find in the tree as it is typed, and give everything back by Escape', async () => {
    press('f', { ctrlKey: true });
    const field = screen.getByRole('textbox', { name: FILTER_LABEL });
    expect(document.activeElement).toBe(field);
    fireEvent.change(field, { target: { value: 'zzz' } });
    await screen.findByText('Nothing fits “zzz”.');
    fireEvent.keyDown(field, { key: 'Escape' });
    await waitFor(() => { expect([(field as HTMLInputElement).value, screen.queryByText('Nothing fits “zzz”.')]).toEqual(['', null]); });
  });
  it('are told by F1', async () => {
    press('F1');
    const dialog = within(await screen.findByRole('dialog', { name: 'Keyboard shortcuts' }));
    expect(dialog.getByText('Ctrl+P')).toBeTruthy();
    expect(dialog.getByText('Start')).toBeTruthy();
  });
});
