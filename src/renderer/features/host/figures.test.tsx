import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DemoBridge } from '../../../../tests/renderer/demo-bridge';
import { DemoMetrics } from '../../../../tests/renderer/demo-metrics';
import { refOf } from '../../../../tests/renderer/demo-records';
import { type DemoScreen, demoScreen } from '../../../../tests/renderer/demo-screen';
import { TabContext } from '../../parts/details/tab';
import { runsOf } from '../../ui/chart/Spark';
import { sorted } from '../../ui/sorting';
import { HostStorage } from './list/HostStorage';
import { HostVms } from './list/HostVms';
import { HostOverview } from './overview/HostOverview';

const VM = refOf('VM', 'Tiny Linux 1');
let demo: DemoScreen;
let tab: string;
beforeEach(async () => {
  const bridge = new DemoBridge();
  bridge.metrics = new DemoMetrics(bridge.host.world, 1_772_352_000);
  demo = await demoScreen(bridge);
  tab = '';
});
afterEach(() => { demo.dispose(); });

/* happy-dom lays nothing out, so the rows of a virtual table are not there: its head and the order are looked at on their own. */
describe('the list of VMs', () => {
  it('has columns of figures that can be sorted by', () => {
    demo.show(<HostVms />);
    const head = screen.getByRole('columnheader', { name: /^CPU/ });
    expect(head.getAttribute('aria-sort')).toBeNull();
    fireEvent.click(within(head).getByRole('button'));
    expect(head.getAttribute('aria-sort')).toBe('descending');
    fireEvent.click(within(head).getByRole('button'));
    expect(head.getAttribute('aria-sort')).toBe('ascending');
  });
  it('and so has that of storage', () => {
    demo.show(<HostStorage />);
    const head = screen.getByRole('columnheader', { name: /^Throughput/ });
    fireEvent.click(within(head).getByRole('button'));
    expect(head.getAttribute('aria-sort')).toBe('descending');
  });
  it('sorts by names and figures, what is unknown last either way', () => {
    const values: Record<string, number> = { a: 3, b: Number.NaN, c: 7 };
    const by = (descending: boolean): readonly string[] => sorted(['a', 'b', 'c'], { column: 'x', descending }, row => values[row] ?? 0);
    expect(by(true)).toEqual(['c', 'a', 'b']);
    expect(by(false)).toEqual(['a', 'c', 'b']);
    expect(sorted(['vm 10', 'vm 9'], { column: 'n', descending: false }, row => row)).toEqual(['vm 9', 'vm 10']);
    expect(sorted(['z', 'a'], undefined, row => row)).toEqual(['z', 'a']);
  });
  it('draws gaps as gaps', () => {
    expect(runsOf([1, 2, Number.NaN, 4], 4, 30, 10).map(run => run.line)).toEqual(['0,7.8 10,5.5', '30,1']);
    expect(runsOf([Number.NaN], 1, 10, 10)).toEqual([]);
  });
});

describe('the overview', () => {
  const show = (): void => { demo.show(<TabContext value={{ wanted: '', choose: wanted => { tab = wanted; } }}><HostOverview of={[refOf('host', 'host')]} /></TabContext>); };
  it('says how the host is, what it does, and what is left', async () => {
    show();
    expect(within(screen.getByRole('region', { name: 'Health' })).getByText(/emulated in software/)).toBeTruthy();
    await waitFor(() => { expect(screen.getByRole('region', { name: 'Load' }).textContent).toMatch(/CPU[\d.]+ %Memory[\d.]+ GiB/); });
    expect(screen.getByRole('region', { name: 'Room' }).textContent).toMatch(/4.5 GiB of 16 GiB used.*1 virtual on 8 real, 7 not promised.*Local storage61 GiB of 200 GiB used/);
  });
  it('names what is wrong, and leads there', () => {
    act(() => { demo.bridge.host.change('host', refOf('host', 'host'), { enabled: false }); demo.bridge.host.change('PBD', refOf('PBD', 'local'), { currently_attached: false }); });
    show();
    const health = screen.getByRole('region', { name: 'Health' });
    expect(health.textContent).toMatch(/takes no new VMs/);
    expect(health.textContent).toMatch(/Storage Local storage is detached/);
    expect(tab).toBe('');
  });
  it('ranks the VMs by what they use', async () => {
    act(() => { demo.bridge.host.change('host', refOf('host', 'host'), { resident_VMs: [VM, refOf('VM', 'mail')] }); });
    show();
    const top = await screen.findByRole('region', { name: 'Top VMs' });
    await waitFor(() => { expect(within(top).getAllByRole('listitem')[0]?.textContent).toMatch(/Tiny Linux 1[\d.]+ %/); });
    fireEvent.click(within(top).getByRole('button', { name: 'Disk' }));
    expect(within(top).getAllByRole('listitem')[0]?.textContent).toMatch(/[\d.]+ [KM]iB\/s$/);
  });
});
