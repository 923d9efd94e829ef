import type { DemoBridge } from '../../tests/renderer/demo-bridge';
import { refOf } from '../../tests/renderer/demo-records';
import { looksAt } from './looks';

/* The licences of the connected hosts: none, one that counts, one that does not, and a refusal. */

looksAt('licences', async ({ page, look, select }) => {
  const change = (edition: string, license_params: Readonly<Record<string, string>>): Promise<void> => page.evaluate(([host, now, params]) => {
    const { demo } = globalThis as unknown as { demo: DemoBridge };
    demo.host.change('host', host, { edition: now, license_params: params });
    demo.host.refused.set('host.license_add', ['LICENSE_CHECKOUT_ERROR', 'wrong-host', 'The Enterprise licence was made for another host; this one is 0b32d4c2-1f3e-4f50-9d3a-5a4c9e1f7a10.']);
  }, [refOf('host', 'host'), edition, license_params] as const);
  await select('lab-1');
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Licences…' }).click();
  await look('licences-none');
  await change('enterprise', { serialnumber: 'A-1', expiry: '20270101T00:00:00Z' });
  await page.getByLabel('Licence file').setInputFiles({ name: 'licence.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
  await look('licences-enterprise');
  await page.getByRole('button', { name: 'Apply to 1 host' }).click();
  await page.getByText('The licence is not accepted').waitFor();
  await change('express', { serialnumber: 'A-1', licence_message: 'The Enterprise licence expired on 2027-01-01.' });
  await look('licences-refused');
});
