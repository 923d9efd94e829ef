import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, refOf } from '../../../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../../../tests/renderer/demo-screen';
import type { Ref } from '../../../../../shared/api';
import { must } from '../../../../../shared/lib/assert';
import { useRecord } from '../../../../api';
import { plainText } from './ConsoleLog';
import { VmLog } from './VmLog';

const MAIL = refOf('VM', 'mail');
const Log = ({ of: ref }: { of: Ref<'VM'> }) => { const vm = useRecord('VM', ref); return vm ? <VmLog vm={vm} of={ref} /> : null; };

it('a console log loses its colours, titles and cursor moves, and nothing else', () => {
  const esc = String.fromCharCode(27);
  expect(plainText(`${esc}[1;32mok${esc}[0m\r\n${esc}]0;title${String.fromCharCode(7)}a\tb${esc}[2K\rc [1m] ü\n`)).toBe('ok\na\tbc [1m] ü\n');
});

describe('Log', () => {
  let demo: DemoScreen;
  beforeEach(async () => { demo = await demoScreen(); });
  afterEach(() => { demo.dispose(); });

  it('has the messages of this VM alone, the newest first', () => {
    const { uuid } = must(demo.session.records.get('VM', MAIL), 'vm');
    [['VM_STARTED', uuid, '20260301T10:00:00Z'], ['VM_CRASHED', uuid, '20260302T10:00:00Z'], ['VM_SUSPENDED', 'another', '20260303T10:00:00Z']].forEach(([name = '', of = '', timestamp = ''], i) => {
      demo.bridge.host.change('message', put(demo.bridge.host.world, 'message', `m ${i}`, { name, obj_uuid: of, timestamp, cls: 'VM', priority: 3 }), {});
    });
    demo.show(<Log of={MAIL} />);
    expect(screen.getAllByRole('listitem').map(item => item.textContent)).toEqual([expect.stringMatching(/Crashed/), expect.stringMatching(/Started/)]);
  });

  it('has what was done with this VM', async () => {
    demo.show(<Log of={MAIL} />);
    expect(screen.getByText(/Nothing was done yet/)).toBeTruthy();
    await demo.session.run({ verb: 'clone', subject: 'mail', subjectRef: MAIL }, undefined, 'Async.VM.clone', MAIL, 'x');
    await demo.session.run({ verb: 'pause', subject: 'Tiny Linux 1', subjectRef: refOf('VM', 'Tiny Linux 1') }, undefined, 'Async.VM.pause', refOf('VM', 'Tiny Linux 1'));
    await screen.findByText('Clone “mail”');
    expect(screen.queryByText(/Pause/)).toBeNull();
  });

  it('reads the console log of the last boot when asked', async () => {
    demo.show(<Log of={MAIL} />);
    expect(demo.methods()).toEqual([]);
    fireEvent.click(screen.getByRole('button', { name: 'Show console log' }));
    expect((await screen.findByRole('region', { name: 'Console log' })).textContent).toBe('Linux version 6.1\nWelcome\n');
    expect(demo.argsOf('host.call_plugin')).toEqual([refOf('host', 'host'), 'administrator-console', 'console_log', { vm: demo.session.records.get('VM', MAIL)?.uuid, times: 'true' }]);
  });

  it('says of a host without such a log that it has none', async () => {
    demo.bridge.host.refused.set('host.call_plugin', ['XENAPI_MISSING_PLUGIN', 'administrator-console']);
    demo.show(<Log of={MAIL} />);
    fireEvent.click(screen.getByRole('button', { name: 'Show console log' }));
    await waitFor(() => { expect(screen.getByText('The host lacks an extension')).toBeTruthy(); });
  });
});
