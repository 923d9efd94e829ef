import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { refOf } from '../../../../../tests/renderer/demo-records';
import { demoScreen, type DemoScreen } from '../../../../../tests/renderer/demo-screen';
import { useScreen } from '../../../parts/actions/stage';
import { editionWords, licenceWords } from './licence-words';
import { showLicences } from './show-licences';

let demo: DemoScreen;
beforeEach(async () => { demo = await demoScreen(); });
afterEach(() => { demo.dispose(); });

const open = (): void => {
  const target = { session: demo.session, cls: 'session', ref: demo.session.id } as const;
  const Opener = () => { const stage = useScreen(); return <button onClick={() => { stage.perform(showLicences, [target]); }}>go</button>; };
  demo.show(<Opener />);
  fireEvent.click(screen.getByText('go'));
};
const choose = (text: string): void => { fireEvent.change(screen.getByLabelText('Licence file'), { target: { files: [new File([text], 'licence.json')] } }); };

it('applies a file to the chosen hosts, and says what came of it at each', async () => {
  const { host } = demo.bridge;
  host.answers.set('host.license_add', () => { host.change('host', refOf('host', 'host'), { edition: 'enterprise', license_params: { serialnumber: 'A', expiry: '20270101T00:00:00Z' } }); return ''; });
  open();
  expect(screen.getByText('No licence')).toBeDefined();
  expect(demo.dialog().getByRole('button', { name: 'Apply to 1 host' })).toHaveProperty('disabled', true);
  choose('{"licence": 1}');
  await waitFor(() => { expect(demo.dialog().getByRole('button', { name: 'Apply to 1 host' })).toHaveProperty('disabled', false); });
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Apply to 1 host' }));
  await waitFor(() => { expect(screen.getByText('Applied')).toBeDefined(); });
  expect(demo.argsOf('host.license_add')).toEqual([refOf('host', 'host'), '{"licence": 1}']);
  expect(screen.getByText('Enterprise')).toBeDefined();
  expect(screen.getByText(/^Expires on/)).toBeDefined();
});

it('shows why a host did not take it', async () => {
  demo.bridge.host.refused.set('host.license_add', ['LICENSE_CHECKOUT_ERROR', 'forged', 'The file was changed.']);
  open();
  choose('x');
  await waitFor(() => { expect(demo.dialog().getByRole('button', { name: 'Apply to 1 host' })).toHaveProperty('disabled', false); });
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Apply to 1 host' }));
  await waitFor(() => { expect(screen.getByText('The licence is not accepted: The file was changed.')).toBeDefined(); });
});

it('is told in words', () => {
  expect(editionWords({ edition: 'server', license_params: {} })).toBe('Server');
  expect(licenceWords({ license_params: { serialnumber: 'A', expiry: '20991231T00:00:00Z' } })).toBe('Never expires');
  expect(licenceWords({ license_params: { licence_message: 'It expired.' } })).toBe('It expired.');
});
