import { cleanup, configure, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { DemoBridge, FINGERPRINT, OTHER_FINGERPRINT } from '../../../tests/renderer/demo-bridge';
import { refOf } from '../../../tests/renderer/demo-records';
import { must } from '../../shared/lib/assert';
import type { Disposable } from '../../shared/lib/emitter';
import { World } from '../api';
import { App } from './App';

// On a busy machine an answer takes its while.
configure({ asyncUtilTimeout: 10_000 });
let running: Disposable | undefined;
afterEach(() => { cleanup(); running?.dispose(); localStorage.clear(); });

const show = (bridge: DemoBridge): World => {
  const world = new World(bridge);
  running = world.start();
  render(<App world={world} />);
  return world;
};
const press = (name: string): void => { fireEvent.click(screen.getByRole('button', { name })); };
const dialog = () => within(screen.getByRole('dialog'));
const fill = (label: RegExp, value: string): void => { fireEvent.change(dialog().getByLabelText(label), { target: { value } }); };

describe('first start', () => {
  const openConnect = async (bridge: DemoBridge): Promise<void> => {
    show(bridge);
    fireEvent.click(await screen.findByRole('button', { name: 'Connect to a host' }));
    fill(/Address/, 'new.example.org');
    fill(/^Password/, 'secret');
  };
  const connect = (verb = 'Connect'): void => { fireEvent.click(dialog().getByRole('button', { name: verb })); };

  it('trusts on first use only after the fingerprint was shown and accepted', async () => {
    const bridge = new DemoBridge();
    await openConnect(bridge);
    connect();
    await dialog().findByText(FINGERPRINT);
    expect(bridge.requests.map(request => request.accept)).toEqual([undefined]);
    connect('Trust and connect');
    await waitFor(() => { expect(screen.queryByRole('dialog')).toBeNull(); });
    expect(bridge.requests.at(-1)?.accept).toBe(FINGERPRINT);
    expect(await screen.findByRole('heading', { name: 'lab-1' })).toBeTruthy();
  });

  it('is loud about a changed certificate, shows both, and goes on only when told so', async () => {
    await openConnect(new DemoBridge());
    fill(/Address/, 'changed.example.org');
    connect();
    await dialog().findByText(/has changed/);
    expect(dialog().getByText(FINGERPRINT)).toBeTruthy();
    expect(dialog().getByText(OTHER_FINGERPRINT)).toBeTruthy();
    const trust = dialog().getByRole<HTMLButtonElement>('button', { name: 'Trust the new certificate' });
    expect(trust.disabled).toBe(true);
    fireEvent.click(dialog().getByRole('checkbox', { name: /I know that/ }));
    expect(trust.disabled).toBe(false);
  });

  it('tells a wrong password and an unreachable host in words', async () => {
    await openConnect(new DemoBridge());
    fill(/Address/, 'host.example.org');
    fill(/^Password/, 'wrong');
    connect();
    await dialog().findByText('User name or password is wrong');
    fill(/Address/, 'away.example.org');
    connect();
    await dialog().findByText('Nothing answers at this address and port.');
  });

  it('asks about the coordinator of a pool once, and goes on there with what was typed', async () => {
    const bridge = new DemoBridge();
    await openConnect(bridge);
    fill(/Address/, 'member.example.org');
    connect();
    await dialog().findByText(/member.example.org belongs to a pool; new-coordinator.example.org manages it/);
    connect('Trust and connect');
    await waitFor(() => { expect(screen.queryByRole('dialog')).toBeNull(); });
    expect(bridge.requests.at(-1)).toMatchObject({ address: 'new-coordinator.example.org', password: 'secret', accept: FINGERPRINT });
  });

  it('says so when the attempt was given up', async () => {
    await openConnect(new DemoBridge());
    fill(/Address/, 'given-up.example.org');
    connect();
    await dialog().findByText('The connection was given up.');
  });

  it('refuses empty fields, leaves no trace when cancelled, and keeps no password without a keyring', async () => {
    const bridge = new DemoBridge();
    await openConnect(bridge);
    expect(dialog().getByRole<HTMLInputElement>('checkbox', { name: /Keep the password/ }).disabled).toBe(true);
    expect(dialog().getByText(/offers no keyring/)).toBeTruthy();
    fill(/Address/, ' ');
    connect();
    expect(dialog().getByText('Where is the host?')).toBeTruthy();
    expect(bridge.requests).toEqual([]);
    fill(/Address/, 'new.example.org');
    connect();
    await dialog().findByText(FINGERPRINT);
    connect('Cancel');
    expect(await screen.findByRole('button', { name: 'Connect to a host' })).toBeTruthy();
  });

  it('fills the fields from a known host and uses its kept password', async () => {
    const bridge = new DemoBridge();
    bridge.known = [{ address: '192.0.2.7', user: 'admin', fingerprint: FINGERPRINT, passwordKept: true, lastUsed: '2026-02-28T10:00:00Z' }];
    show(bridge);
    fireEvent.click(await screen.findByRole('button', { name: 'Connect to a host' }));
    fireEvent.click(await dialog().findByText('192.0.2.7'));
    connect();
    await waitFor(() => { expect(bridge.requests).toMatchObject([{ address: '192.0.2.7', user: 'admin', password: '' }]); });
  });
});

describe('with a host', () => {
  const open = async (): Promise<DemoBridge> => {
    const bridge = new DemoBridge();
    bridge.begin();
    show(bridge);
    await screen.findByRole('heading', { name: 'lab-1' });
    return bridge;
  };

  it('makes a VM in one dialog', async () => {
    const bridge = await open();
    press('New VM');
    expect(dialog().getByLabelText<HTMLInputElement>(/Name/).value).toBe('Tiny Linux 2');
    fireEvent.click(dialog().getByRole('button', { name: 'Create' }));
    await waitFor(() => { expect(screen.queryByRole('dialog')).toBeNull(); });
    expect(bridge.host.calls.map(call => call.method)).toContain('Async.VM.start');
    expect(screen.getByRole('heading', { name: 'Tiny Linux 2' })).toBeTruthy();
    expect(screen.getByRole('tab', { name: 'Console' }).getAttribute('aria-selected')).toBe('true');
  });

  it('shows what went wrong in the dialog and keeps what was typed', async () => {
    const bridge = await open();
    bridge.host.refused.set('VM.provision', ['SR_FULL', '10737418240', '1073741824']);
    press('New VM');
    fill(/Name/, 'my vm');
    fireEvent.click(dialog().getByRole('button', { name: 'Create' }));
    await dialog().findByText('The storage is too full');
    expect(dialog().getByLabelText<HTMLInputElement>(/Name/).value).toBe('my vm');
    expect([...bridge.host.world.values()].some(({ record }) => 'name_label' in record && record.name_label.startsWith('my vm'))).toBe(false);
  });

  it('says how old the screen is when the host is lost, and offers no action', async () => {
    const bridge = await open();
    bridge.become('session 1', { at: 'lost', since: Date.now() - 125_000, reason: 'closed', attempt: 2, nextTryAt: Date.now() + 60_000 });
    expect(await screen.findByText(/This is how it was 2 min ago/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'New VM' }).getAttribute('aria-disabled')).toBe('true');
    press('Try again now');
    await waitFor(() => { expect(screen.queryByText(/This is how it was/)).toBeNull(); });
  });

  it('renames in place, and says why it could not', async () => {
    const bridge = await open();
    press('Edit name');
    const field = screen.getByRole('textbox', { name: 'Name' });
    fireEvent.change(field, { target: { value: 'attic' } });
    fireEvent.keyDown(field, { key: 'Enter' });
    await screen.findByRole('heading', { name: 'attic' });
    bridge.host.refused.set('host.set_name_description', ['RBAC_PERMISSION_DENIED', 'host.set_name_description', '']);
    press('Edit description');
    fireEvent.change(screen.getByRole('textbox', { name: 'Description' }), { target: { value: 'x' } });
    fireEvent.keyDown(screen.getByRole('textbox', { name: 'Description' }), { key: 'Enter' });
    await screen.findByText(/You may not do this/);
  });

  it('shows the tab again that an object in between did not have', async () => {
    await open();
    fireEvent.click(screen.getByRole('tab', { name: 'VMs' }));
    fireEvent.keyDown(screen.getByRole('tree'), { key: 'm' });
    expect(await screen.findByRole('heading', { name: 'mail' })).toBeTruthy();
    expect(screen.getByRole('tab', { name: 'General' }).getAttribute('aria-selected')).toBe('true');
    fireEvent.keyDown(screen.getByRole('tree'), { key: 'Home' });
    await screen.findByRole('heading', { name: 'lab-1' });
    expect(screen.getByRole('tab', { name: 'VMs' }).getAttribute('aria-selected')).toBe('true');
  });

  it('offers the console of a halted VM as soon as it runs', async () => {
    await open();
    fireEvent.keyDown(screen.getByRole('tree'), { key: 'm' });
    fireEvent.click(await screen.findByRole('tab', { name: 'Console' }));
    expect(screen.getByText('“mail” is halted')).toBeTruthy();
  });

  it('explains a failure of an action from the notice', async () => {
    const bridge = await open();
    bridge.host.refused.set('VM.start', ['HOST_NOT_ENOUGH_FREE_MEMORY', '2147483648', '536870912']);
    fireEvent.keyDown(screen.getByRole('tree'), { key: 'm' });
    await screen.findByRole('heading', { name: 'mail' });
    fireEvent.keyDown(window, { key: 'b', ctrlKey: true });
    const notice = await screen.findByRole('alert');
    expect(notice.textContent).toContain('Could not start “mail”: The host has too little free memory');
    fireEvent.click(within(notice).getByRole('button', { name: 'Details' }));
    expect(must(screen.getByRole('dialog').textContent, 'text')).toContain('Needed: 2 GiB. Free: 512 MiB.');
    expect(bridge.host.world.get(refOf('VM', 'mail'))?.record).toMatchObject({ power_state: 'Halted' });
  });
});
