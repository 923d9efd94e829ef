import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DemoMetrics } from '../../../../tests/renderer/demo-metrics';
import { refOf } from '../../../../tests/renderer/demo-records';
import { type DemoScreen, demoScreen } from '../../../../tests/renderer/demo-screen';
import { DemoBridge } from '../../../../tests/renderer/demo-bridge';
import { Performance } from './Performance';

const NOW_S = 1_772_352_000;
const VM = refOf('VM', 'Tiny Linux 1');
let demo: DemoScreen;
let bridge: DemoBridge;
let metrics: DemoMetrics;
const uuid = (name = 'Tiny Linux 1'): string => (bridge.host.world.get(refOf('VM', name))?.record as { uuid: string }).uuid;
const subject = () => ({ cls: 'VM' as const, ref: VM, uuid: uuid(), name: 'Tiny Linux 1' });
beforeEach(async () => {
  localStorage.clear();
  bridge = new DemoBridge();
  metrics = bridge.metrics = new DemoMetrics(bridge.host.world, NOW_S);
  demo = await demoScreen(bridge);
});
afterEach(() => { demo.dispose(); });
const chart = async (name: string): Promise<HTMLElement> => await screen.findByRole('img', { name: new RegExp(`^${name}:`) }, { timeout: 20_000 });
const tellMore = (): void => { const before = metrics.nowS; metrics.nowS += 5; act(() => { bridge.tellRows(demo.session.id, metrics.rows(before)); }); };

describe('the Performance tab', () => {
  it('draws CPU, memory, disk and network, and says in words what they show', async () => {
    demo.show(<Performance subject={subject()} />);
    expect((await chart('CPU')).getAttribute('aria-label')).toMatch(/^CPU: CPU, all [\d.]+ % at last/);
    for (const name of ['Memory', 'Disk', 'Network']) await chart(name);
    expect((await chart('Disk')).querySelectorAll('path.recharts-line-curve')).toHaveLength(2);
  });
  it('goes on with what comes, and keeps a gap a gap', async () => {
    demo.show(<Performance subject={subject()} />);
    const curve = async (): Promise<string> => (await chart('CPU')).querySelector('path.recharts-line-curve')?.getAttribute('d') ?? '';
    await waitFor(async () => { expect((await curve()).split('M').length).toBeGreaterThan(2); }); // taken up again after the gap
    const before = await curve();
    tellMore();
    await waitFor(async () => { expect(await curve()).not.toBe(before); });
  });
  it('shows each CPU by itself', async () => {
    demo.show(<Performance subject={subject()} />);
    await chart('CPU');
    fireEvent.click(screen.getByRole('switch', { name: 'Each by itself' }));
    expect((await chart('CPU')).getAttribute('aria-label')).toMatch(/CPU 0 .*CPU 1 /);
  });
  it('shows other times, from the archives', async () => {
    demo.show(<Performance subject={subject()} />);
    await chart('CPU');
    for (const name of ['2 hours', 'Week', 'Year']) {
      fireEvent.click(screen.getByRole('button', { name }));
      expect((await chart('CPU')).querySelector('path.recharts-line-curve')).not.toBeNull();
      expect(screen.getByRole('button', { name }).getAttribute('aria-pressed')).toBe('true');
    }
  });
  it('compares with another VM', async () => {
    demo.show(<Performance subject={subject()} />);
    await chart('CPU');
    fireEvent.click(screen.getByRole('button', { name: 'Compare…' }));
    fireEvent.click(demo.dialog().getByRole('checkbox', { name: 'mail' }));
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Show' }));
    await waitFor(async () => { expect((await chart('CPU')).getAttribute('aria-label')).toMatch(/Tiny Linux 1 .*; mail/); });
  });
  it('shows a table instead', async () => {
    demo.show(<Performance subject={subject()} />);
    await chart('CPU');
    fireEvent.click(screen.getByRole('button', { name: 'More for CPU' }));
    fireEvent.click(screen.getByRole('menuitem', { name: 'Show as a table' }));
    const table = await screen.findByRole('table', { name: 'CPU, values' });
    expect(within(table).getAllByRole('columnheader').map(head => head.textContent)).toEqual(['Time', 'CPU, all']);
  });
  it('keeps a graph of one’s own, and lets it go again', async () => {
    demo.show(<Performance subject={subject()} />);
    await chart('CPU');
    fireEvent.click(screen.getByRole('button', { name: 'New graph…' }));
    fireEvent.change(demo.dialog().getByRole('textbox', { name: 'Title' }), { target: { value: 'Operations' } });
    fireEvent.click(demo.dialog().getByRole('checkbox', { name: /xvda, read operations/ }));
    expect((demo.dialog().getByRole<HTMLInputElement>('checkbox', { name: /CPU 0/ })).disabled).toBe(true); // another unit
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Save' }));
    await chart('Operations');
    expect(bridge.preferences.graphs).toMatchObject([{ title: 'Operations', on: uuid(), lines: [{ cls: 'VM', uuid: uuid(), source: 'vbd_xvda_iops_read' }] }]);
    fireEvent.click(screen.getByRole('button', { name: 'More for Operations' }));
    fireEvent.click(screen.getByRole('menuitem', { name: 'Delete graph' }));
    expect(bridge.preferences.graphs).toEqual([]);
  });
  it('says when there is nothing, why, and offers to ask again when the host is silent', async () => {
    bridge.metrics = undefined;
    demo.show(<Performance subject={{ ...subject(), idle: 'The VM is off.' }} />);
    await screen.findByText('No figures yet');
    expect(screen.getByText(/^The VM is off\./)).toBeTruthy();
  });
  it('leads from a VM that is off to its last figures', async () => {
    demo.show(<Performance subject={{ ...subject(), ref: refOf('VM', 'mail'), uuid: uuid('mail'), name: 'mail', idle: 'The VM is off.' }} />);
    await screen.findByText(/The last figures are of/);
    fireEvent.click(screen.getByRole('button', { name: 'Show them' }));
    await chart('CPU');
    fireEvent.click(screen.getByRole('button', { name: 'Back to now' }));
    expect(screen.getByRole('button', { name: 'Show them' })).toBeTruthy();
  });
});
