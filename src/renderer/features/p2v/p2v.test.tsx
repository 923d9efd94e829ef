import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../tests/renderer/demo-screen';
import { must } from '../../../shared/lib/assert';
import { useScreen } from '../../parts/actions/stage';
import { arrivalOf } from './arrival';
import { bringIn } from './bring-in';
import { mediumWords } from './medium';

let demo: DemoScreen, medium: object, asked: { fn: string; args: unknown }[];
beforeEach(async () => {
  demo = await demoScreen();
  const { host } = demo.bridge;
  host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console' });
  medium = { state: 'absent', lacks: '' };
  asked = [];
  const answer = ([, , fn, args]: readonly unknown[]): string => {
    asked.push({ fn: String(fn), args });
    switch (fn) {
      case 'p2v_medium': return JSON.stringify(medium);
      case 'p2v_code': return JSON.stringify({ id: 'abcde', code: 'abcde-fghij', expires: Date.now() + 3_600_000 });
      default: return '';
    }
  };
  host.answers.set('host.call_plugin', answer);
});
afterEach(() => { demo.dispose(); });

const open = (): void => {
  const Opener = () => { const stage = useScreen(); return <button onClick={() => { stage.perform(bringIn, [{ session: demo.session, cls: 'host', ref: refOf('host', 'host') }]); }}>go</button>; };
  demo.show(<Opener />);
  fireEvent.click(must(screen.getAllByText('go').at(-1), 'button'));
};
const press = (name: string): void => { fireEvent.click(demo.dialog().getByRole('button', { name })); };
const arrive = (told: Record<string, string>): string => {
  const vm = put(demo.bridge.host.world, 'VM', 'oldbox', { name_label: 'oldbox', uuid: 'uuid-of-oldbox', other_config: told });
  demo.bridge.host.change('VM', vm, {});
  return vm;
};

describe('Bring in a physical machine', () => {
  it('builds the medium, makes a code for a place, and shows what reports in', async () => {
    open();
    await demo.dialog().findByText(/not built on this host yet/);
    press('Build it');
    await waitFor(() => { expect(demo.methods()).toContain('Async.host.call_plugin'); });
    expect(demo.argsOf('Async.host.call_plugin').slice(1)).toEqual(['administrator-console', 'p2v_build', {}]);
    press('Next');
    press('Next');
    expect(demo.dialog().getByText('Say which machine it is for.')).toBeTruthy();
    fireEvent.change(demo.dialog().getByLabelText(/Which machine/), { target: { value: 'the old box' } });
    press('Next');
    await demo.dialog().findByText('abcde-fghij');
    expect(asked.find(({ fn }) => fn === 'p2v_code')?.args).toEqual({ name: 'the old box', minutes: '60' });
    expect(demo.dialog().getByText(demo.session.view.get().fingerprint)).toBeTruthy();
    expect(demo.dialog().getByText(/None yet/)).toBeTruthy();
    act(() => { arrive({ p2v: 'receiving', 'p2v-done': '1073741824', 'p2v-total': '4294967296', 'p2v-rate': '52428800', 'p2v-from': '192.0.2.9, ACME 2000', 'p2v-systems': 'Debian 12' }); });
    await demo.dialog().findByText('Debian 12 · 192.0.2.9, ACME 2000');
    expect(demo.dialog().getByText('1 GiB of 4 GiB, 50 MiB/s, 1 min left')).toBeTruthy();
    press('Call off…');
    press('Delete what has come');
    await waitFor(() => { expect(asked.at(-1)).toEqual({ fn: 'p2v_call_off', args: { vm: 'uuid-of-oldbox' } }); });
  });

  it('shows why something went wrong, and tries again', async () => {
    arrive({ p2v: 'unfixed', 'p2v-words': 'no Linux was found on its disks' });
    open();
    await demo.dialog().findByText('All is here, but it was not made ready: no Linux was found on its disks');
    press('Try again');
    await waitFor(() => { expect(asked.at(-1)).toEqual({ fn: 'p2v_fix', args: { vm: 'uuid-of-oldbox' } }); });
  });

  it('is offered only where the host can', async () => {
    medium = { state: 'absent', lacks: 'missing on this host: xorriso (apt-get install xorriso)' };
    open();
    await demo.dialog().findByText(/This host cannot build it: missing on this host: xorriso/);
    expect(demo.dialog().getByRole<HTMLButtonElement>('button', { name: 'Build it' }).disabled).toBe(true);
    demo.bridge.host.change('host', refOf('host', 'host'), { API_version_vendor: 'XenSource' });
    expect(bringIn.whyNot([{ session: demo.session, cls: 'host', ref: '' }])).toMatch(/Only hosts of Administrator Console/);
  });
});

describe('in words', () => {
  it('says how far a machine has come, and when it is silent', () => {
    const now = Date.UTC(2026, 10, 29, 1, 0, 0), told = { p2v: 'receiving', 'p2v-done': '0', 'p2v-total': '1048576', 'p2v-heard': '20261129T00:50:00Z' };
    expect(arrivalOf({ other_config: told }, now)).toMatchObject({ fraction: 0, trouble: true, words: '0 bytes of 1 MiB. Nothing heard from it for 10 min; it goes on when it is back.' });
    expect(arrivalOf({ other_config: { p2v: 'ready', 'p2v-words': 'GRUB written' } }, now)).toMatchObject({ fraction: 1, words: 'Ready to start. GRUB written', canCallOff: false });
    expect(mediumWords({ state: 'ready', lacks: '', sizeBytes: 63_334_400, builtAt: now })).toMatch(/^It is there: 60.4 MiB, built /);
  });
});
