import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawnOn, type DrawnLine } from '../../../../tests/renderer/canvas';
import { DemoMetrics } from '../../../../tests/renderer/demo-metrics';
import { put, refOf } from '../../../../tests/renderer/demo-records';
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
const canvasOf = (drawn: HTMLElement): HTMLCanvasElement | null => drawn.querySelector('canvas');
const over = (drawn: HTMLElement): Element => drawn.querySelector('.u-over') ?? drawn;
const point = (drawn: HTMLElement, x: number): void => { fireEvent.mouseEnter(over(drawn)); fireEvent.mouseMove(over(drawn), { clientX: x, clientY: 50, movementX: 1 }); };
/** What is drawn on a chart but for its grid and its marks. */
const linesOf = async (name: string): Promise<readonly DrawnLine[]> => {
  const grid = new Set(['#dfe3e8', '#515b67', '#b3261e']);
  return drawnOn(canvasOf(await chart(name))).lines.filter(({ colour }) => !grid.has(colour));
};
const tellMore = (): void => { const before = metrics.nowS; metrics.nowS += 5; act(() => { bridge.tellRows(demo.session.id, metrics.rows(before)); }); };

describe('the Performance tab', () => {
  it('draws CPU, memory, disk and network, and says in words what they show', async () => {
    demo.show(<Performance subject={subject()} />);
    expect((await chart('CPU')).getAttribute('aria-label')).toMatch(/^CPU: CPU, all [\d.]+ % at last/);
    for (const name of ['Memory', 'Disk', 'Network']) await chart(name);
    const disk = await linesOf('Disk');
    expect(disk).toHaveLength(2);
    expect(disk[0]?.colour).not.toBe(disk[1]?.colour);
    expect(disk.map(({ dash }) => dash.length)).toEqual([0, 2]); // not the colour alone
    expect(disk.every(({ points }) => points.length > 100)).toBe(true);
  });
  it('goes on with what comes, and keeps a gap a gap', async () => {
    demo.show(<Performance subject={subject()} />);
    await waitFor(async () => { expect((await linesOf('CPU'))[0]?.stretches).toBe(2); }); // before the gap, and after it
    const before = (await linesOf('CPU'))[0]?.points;
    tellMore();
    await waitFor(async () => { expect((await linesOf('CPU'))[0]?.points).not.toEqual(before); });
  });
  it('marks what happened, also with a sign', async () => {
    demo.show(<Performance subject={subject()} />);
    await chart('CPU');
    const told = (name: string, priority: number, agoS: number) => put(bridge.host.world, 'message', name, { name, priority, cls: 'VM', obj_uuid: uuid(), timestamp: new Date((NOW_S - agoS) * 1000).toISOString().replace(/-|\.\d+/g, ''), body: '' });
    act(() => { bridge.host.change('message', told('VM_SNAPSHOTTED', 5, 300), {}); bridge.host.change('message', told('VM_CRASHED', 1, 60), {}); });
    tellMore();
    await waitFor(async () => { expect(drawnOn(canvasOf(await chart('CPU'))).words).toEqual(expect.arrayContaining(['•', '▲'])); });
  });
  it('says what is where the pointer is; in the other charts, too', async () => {
    demo.show(<Performance subject={subject()} />);
    point(await chart('CPU'), 200);
    const said = async (name: string): Promise<string> => (await chart(name)).querySelector('[data-cursor]')?.textContent ?? '';
    expect(await said('CPU')).toMatch(/\d\d:\d\d:\d\dCPU, all[\d.]+ %$/);
    expect(await said('Disk')).toMatch(/^[\d.]+ [KM]?i?B\/s[\d.]+ [KM]?i?B\/s$/);
    fireEvent.mouseLeave(over(await chart('CPU')));
    expect(await said('Disk')).toBe('');
  });
  it('shows a stretch that is dragged over, not one of a slip of the hand, and leads back', async () => {
    demo.show(<Performance subject={subject()} />);
    const drag = async (from: number, to: number): Promise<void> => {
      const cpu = await chart('CPU');
      point(cpu, from);
      fireEvent.mouseDown(over(cpu), { clientX: from, clientY: 50, button: 0 });
      point(cpu, to);
      fireEvent.mouseUp(document, { clientX: to, clientY: 50, button: 0 });
    };
    await drag(100, 104);
    expect(screen.queryByRole('button', { name: 'Back to now' })).toBeNull();
    await drag(100, 300);
    expect(screen.getByText(/ to \d\d:\d\d:\d\d \(\d min\)$/)).toBeTruthy();
    await waitFor(async () => { expect((await linesOf('CPU'))[0]?.points.length).toBeLessThan(150); });
    fireEvent.click(screen.getByRole('button', { name: 'Back to now' }));
    expect(screen.getByRole('button', { name: '10 minutes' }).getAttribute('aria-pressed')).toBe('true');
  });
  it('shows a stretch that is typed, and says what is wrong with one', async () => {
    demo.show(<Performance subject={subject()} />);
    await chart('CPU');
    fireEvent.click(screen.getByRole('button', { name: 'From, to…' }));
    const type = (label: string, minute: string): void => { fireEvent.change(demo.dialog().getByLabelText(label), { target: { value: `2026-02-28T${minute}` } }); };
    type('From', '15:00');
    type('To', '14:00');
    expect(demo.dialog().getByText('At least a minute after the beginning')).toBeTruthy();
    expect(demo.dialog().getByRole<HTMLButtonElement>('button', { name: 'Show' }).disabled).toBe(true);
    type('To', '16:30');
    fireEvent.click(demo.dialog().getByRole('button', { name: 'Show' }));
    expect(screen.getByText(/^28 Feb 2026, 15:00:00 to 16:30:00 \(1 h\)$/)).toBeTruthy();
    expect(screen.queryByRole('dialog')).toBeNull();
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
      await waitFor(async () => { expect(await linesOf('CPU')).toHaveLength(1); });
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
  it('says why the figures cannot be read, and asks again on request', async () => {
    const history = metrics.history.bind(metrics);
    metrics.history = () => ({ ok: false, kind: 'silent', reason: 'timeout' });
    demo.show(<Performance subject={{ cls: 'VM', ref: refOf('VM', 'build-agent'), uuid: uuid('build-agent'), name: 'build-agent' }} />);
    await screen.findByText(/Could not read the figures of “build-agent”/);
    metrics.history = history;
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findAllByText('Nothing is known of this time.'); // it is paused: its last figures are older
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
