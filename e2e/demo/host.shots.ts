import type { DemoBridge } from '../../tests/renderer/demo-bridge';
import { refOf } from '../../tests/renderer/demo-records';
import { looksAt } from './looks';

/* A host's own tabs: what it says of itself, who may what, and who did what. */

const TABS = ['General', 'Users', 'Audit log'];
const SESSIONS = [
  { id: 'a1', user: 'root', role: 'local-root', origin: '192.0.2.20', originator: 'Administrator Console', opened: '20260303T06:00:00Z', last_active: '20260303T08:15:00Z', own: true },
  { id: 'b2', user: 'anna', role: 'vm-operator', origin: '192.0.2.31', originator: 'xe', opened: '20260303T07:00:00Z', last_active: '20260303T08:10:00Z', own: false },
];
const CALLS = ['VM.start', 'VM.clean_shutdown', 'VDI.destroy', 'VM.set_name_label'];
const LINES = Array.from({ length: 40 }, (_, i) => JSON.stringify({
  seq: i + 1, time: `2026-03-03T08:${String(10 + i).padStart(2, '0')}:07.000Z`, call: CALLS[i % CALLS.length], phase: 'done', user: i % 3 === 0 ? 'anna' : 'root', from: '192.0.2.31',
  args: { vm: { uuid: '0b32d4c2-1f3e-4f50-9d3a-5a4c9e1f7a10', name: 'Tiny Linux 1' }, force: false }, result: i % 7 === 3 ? ['OTHER_OPERATION_IN_PROGRESS', 'VM', 'Tiny Linux 1'] : 'ok',
}));

looksAt('host tabs', async ({ page, ui, look, select }) => {
  await page.evaluate(([host, sessions, lines]) => {
    const { demo } = globalThis as unknown as { demo: DemoBridge };
    demo.host.change('host', host, { API_version_vendor: 'Administrator Console' });
    demo.host.answers.set('host.call_plugin', ([, , fn]) => (fn === 'sessions' ? sessions : fn === 'audit_log' ? lines : ''));
  }, [refOf('host', 'host'), JSON.stringify(SESSIONS), JSON.stringify(LINES)] as const);
  await select('lab-1');
  for (const tab of TABS) {
    await ui.tab(tab).click();
    await look(`host-${tab.toLowerCase().replace(' ', '-')}`);
  }
});
