import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { connectTo, startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { cable, canNamespace, makeNamespace, type Namespace } from '../../fixtures/netns';

/* The interface that the host is managed by: a change holds when somebody reaches the host by it, and else goes back. */

const ADMIN = '192.0.2.1', BEFORE = '192.0.2.10', AFTER = '192.0.2.77';
let inside: Namespace, outside: Namespace, host: TestHost, client: TestClient, pif: Ref<'PIF'>, self: Ref<'host'>;
beforeAll(async () => {
  if (!canNamespace()) return;
  [inside, outside] = [makeNamespace(), makeNamespace()];
  cable(inside, 'nic0', outside, 'out0');
  cable(inside, 'nic1', outside, 'out1');
  outside.run('ip', 'addr', 'add', `${ADMIN}/24`, 'dev', 'out0');
  inside.run('ip', 'addr', 'add', `${BEFORE}/24`, 'dev', 'nic0');
  inside.run('ip', 'route', 'add', 'default', 'via', ADMIN);
  host = await startHost({ namespace: inside, args: ['--listen', '0.0.0.0:8443'] });
  client = await host.connect();
  self = (await client.call('host.get_all'))[0]!;
  pif = await client.call('host.get_management_interface', self);
});
afterAll(async () => {
  await host?.dispose();
  await outside?.dispose();
  await inside?.dispose();
});

const addresses = (): string => inside.run('ip', '-4', 'addr', 'show', 'dev', 'nic0');
const set = (address: string): Promise<string> => client.task('PIF.reconfigure_ip', pif, 'Static', address, '255.255.255.0', ADMIN, '');
const confirm = (as: TestClient): Promise<string> => as.call('host.call_plugin', self, 'administrator-console', 'management_confirm', {});

describe.runIf(canNamespace())('the management interface', () => {
  it('is known with its card, beside the others', async () => {
    const record = await client.call('PIF.get_record', pif);
    expect(record).toMatchObject({ device: 'nic0', IP: BEFORE, netmask: '255.255.255.0', gateway: ADMIN, management: true, physical: true, VLAN: -1, ip_configuration_mode: 'None', managed: true });
    expect(await client.call('PIF_metrics.get_record', record.metrics)).toMatchObject({ carrier: true });
    const other = Object.values(await client.call('PIF.get_all_records')).find(({ device }) => device === 'nic1')!;
    expect(await client.call('network.get_record', other.network)).toMatchObject({ name_label: 'Network on nic1', other_config: { kind: 'bridge' }, bridge: 'xenbr0' });
    const lacks = JSON.parse(await client.call('host.call_plugin', self, 'administrator-console', 'network_lacks', {})) as Record<string, string>;
    expect(lacks).toMatchObject({ user: '', internal: '', nat: '', bridge: '' });
  });

  it('refuses what would cut the host off', async () => {
    await expect(client.call('PIF.reconfigure_ip', pif, 'None', '', '', '', '')).rejects.toMatchObject({ code: 'PIF_IS_MANAGEMENT_INTERFACE' });
    await expect(client.call('PIF.unplug', pif)).rejects.toMatchObject({ code: 'PIF_IS_MANAGEMENT_INTERFACE' });
    await expect(client.call('PIF.forget', pif)).rejects.toMatchObject({ code: 'PIF_IS_MANAGEMENT_INTERFACE' });
    await expect(client.call('host.management_disable')).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    const other = Object.entries(await client.call('PIF.get_all_records')).find(([, { device }]) => device === 'nic1')![0] as Ref<'PIF'>;
    await expect(client.call('host.management_reconfigure', other)).rejects.toMatchObject({ code: 'INTERFACE_HAS_NO_IP', params: ['nic1'] });
    for (const [address, netmask, gateway, parameter] of [['192.0.2.300', '255.255.255.0', '', 'IP'], ['192.0.2.255', '255.255.255.0', '', 'IP'], ['192.0.2.5', '255.0.255.0', '', 'netmask'], ['192.0.2.5', '255.255.255.0', '10.0.0.1', 'gateway']] as const) {
      await expect(client.call('PIF.reconfigure_ip', pif, 'Static', address, netmask, gateway, '')).rejects.toMatchObject({ code: 'INVALID_IP_ADDRESS_SPECIFIED', params: [parameter] });
    }
    expect(addresses()).toContain(BEFORE);
  });

  it('goes back when the service was killed before anybody confirmed', async () => {
    await set(AFTER);
    expect(addresses()).toContain(`${AFTER}/24`);
    expect((await client.call('PIF.get_record', pif)).properties).toHaveProperty('confirm_before');
    await expect(set('192.0.2.78')).rejects.toMatchObject({ code: 'OTHER_OPERATION_IN_PROGRESS' });
    // Over the loopback nothing is proved.
    await expect(confirm(client)).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    await host.stop('SIGKILL');
    await host.start();
    client = await host.connect();
    expect(addresses()).toContain(`${BEFORE}/24`);
    expect(addresses()).not.toContain(AFTER);
    expect(inside.run('ip', 'route')).toContain(`default via ${ADMIN} dev nic0`);
    const record = await client.call('PIF.get_record', pif);
    expect(record).toMatchObject({ IP: BEFORE, ip_configuration_mode: 'None' });
    expect(record.properties).not.toHaveProperty('confirm_before');
  });

  it('stays when somebody confirmed from outside, also after a restart', async () => {
    await set(AFTER);
    const admin = await connectTo(await outside.relay(8443, AFTER), host.fingerprint, host.password);
    try { await confirm(admin); } finally { await admin.close(); }
    await expect(confirm(client)).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    await host.stop('SIGKILL');
    inside.run('ip', 'addr', 'flush', 'dev', 'nic0'); // as after a restart of the machine
    await host.start();
    client = await host.connect();
    expect(addresses()).toContain(`${AFTER}/24`);
    expect(await client.call('PIF.get_record', pif)).toMatchObject({ IP: AFTER, ip_configuration_mode: 'Static' });
  });
});
