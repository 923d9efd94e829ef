import https from 'node:https';
import os from 'node:os';
import type { Duplex } from 'node:stream';
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { canNamespace, makeNamespace, type Namespace } from '../../fixtures/netns';

/* The whole way: a guest that receives and sends so many bytes, the service that looks every 5 s, and what Prometheus is told; an alarm on the way. */

const RECEIVED = 3 * 1024 ** 2, SENT = 1024 ** 2, TOKEN = 'scrape-me';
const PROMPT = new RegExp(`# (${String.fromCharCode(27)}\\[6n)?$`);
let inside: Namespace, host: TestHost, client: TestClient, port: number, vm: Ref<'VM'>, network: Ref<'network'>, uuid: string, terminal: Duplex;
beforeAll(async () => {
  if (!canNamespace()) return;
  inside = makeNamespace();
  host = await startHost({ namespace: inside });
  client = await host.connect();
  port = await inside.relay(host.port);
  network = await client.call('network.create', { name_label: 'nat', name_description: '', MTU: 1500, other_config: { kind: 'nat' }, bridge: '', managed: true, tags: [] } as never);
  vm = await client.newVm('talker');
  uuid = await client.call('VM.get_uuid', vm);
  for (const vif of await client.call('VM.get_VIFs', vm)) await client.call('VIF.destroy', vif);
  await client.call('VIF.create', { VM: vm, network, device: '2', MAC: '', MTU: 1500, other_config: {}, locking_mode: 'network_default', qos_algorithm_type: '', qos_algorithm_params: {}, ipv4_allowed: [], ipv6_allowed: [] } as never);
  await client.task('VM.start', vm, false, false);
  const consoles = await Promise.all((await client.call('VM.get_consoles', vm)).map(ref => client.call('console.get_record', ref)));
  terminal = await client.openConsole({ uuid: consoles.find(({ protocol }) => protocol === 'vt100')!.uuid });
  await says(PROMPT);
});
afterAll(async () => {
  terminal?.destroy();
  if (network !== undefined) { // its DHCP server would outlive the service, as it should
    await client.call('VM.hard_shutdown', vm);
    await client.call('VM.destroy', vm);
    await client.call('network.destroy', network);
  }
  await host?.dispose();
  await inside?.dispose();
});

const says = async (what: RegExp): Promise<string> => {
  let text = '';
  for await (const chunk of terminal.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (what.test(text)) return text;
  }
  throw new Error(`the console ended with: ${text.slice(-500)}`);
};
const inGuest = (command: string): Promise<string> => { terminal.write(`${command}; echo "ended="$?\n`); return says(/ended=\d+/); };
const get = (token?: string): Promise<{ status: number; type: string; text: string }> => new Promise((resolve, reject) => {
  https.get({ host: '127.0.0.1', port, path: '/metrics', rejectUnauthorized: false, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }, response => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('end', () => { resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }); });
  }).on('error', reject);
});
const sample = (text: string, metric: string, of = ''): number => Number(new RegExp(`^administrator_console_${metric}\\{[^}]*${of}[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
/** The service looks every 5 s. */
const told = async (enough: (text: string) => boolean): Promise<string> => {
  for (;;) {
    const { text } = await get(TOKEN);
    if (enough(text)) return text;
    await pass(250);
  }
};

describe.runIf(canNamespace())('a scrape', () => {
  it('needs a token that somebody has set', async () => {
    expect((await get(TOKEN)).status).toBe(404);
    const secret = await client.call('secret.create', { value: TOKEN, other_config: {} } as never), [pool] = await client.call('pool.get_all');
    await expect(client.call('pool.add_to_other_config', pool!, 'prometheus-secret', TOKEN)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await client.call('pool.add_to_other_config', pool!, 'prometheus-secret', await client.call('secret.get_uuid', secret));
    expect((await get()).status).toBe(401);
    expect((await get('another')).status).toBe(401);
  });

  it('shows what the guest has received and sent, and the host', async () => {
    await inGuest('n=0; until ip -4 addr show | grep -q "inet 10.87" || [ $n = 600 ]; do n=$((n+1)); usleep 100000; done');
    const server = inside.spawn(process.execPath, ['-e', `require('http').createServer((q, s) => s.end(Buffer.alloc(${RECEIVED}))).listen(9000); require('net').createServer({ allowHalfOpen: true }, s => s.resume().on('end', () => s.end())).listen(9001, () => console.log('ready'))`]);
    await new Promise(resolve => server.stdout!.once('data', resolve));
    const before = await told(text => sample(text, 'vm_network_receive_bytes_total', 'vif="2"') >= 0), read = (text: string, way: string): number => sample(text, `vm_network_${way}_bytes_total`, 'vif="2"') - sample(before, `vm_network_${way}_bytes_total`, 'vif="2"');
    expect(await inGuest('wget -q -O - http://10.87.0.1:9000/ | wc -c')).toContain(String(RECEIVED));
    expect(await inGuest(`dd if=/dev/zero bs=1024 count=${SENT / 1024} 2>/dev/null | nc 10.87.0.1 9001`)).toContain('ended=0');
    const after = await told(text => read(text, 'receive') >= RECEIVED && read(text, 'transmit') >= SENT);
    expect(read(after, 'receive')).toBeLessThan(RECEIVED * 1.15);
    expect(read(after, 'transmit')).toBeLessThan(SENT * 1.15 + 200_000); // and the answers to what it received
    expect(sample(after, 'host_memory_total_bytes')).toBe(os.totalmem());
    expect(sample(after, 'host_running_vms')).toBe(1);
    expect(sample(after, 'vm_vcpu_usage_ratio', `uuid="${uuid}",name="talker",vcpu="0"`)).toBeGreaterThanOrEqual(0);
    expect((await get(TOKEN)).type).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('goes along with an alarm', async () => {
    const perfmon = '<config><variable><name value="memory"/><alarm_trigger_level value="1"/><alarm_trigger_period value="5"/></variable></config>';
    await expect(client.call('VM.add_to_other_config', vm, 'perfmon', perfmon.slice(8))).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await client.call('VM.add_to_other_config', vm, 'perfmon', perfmon);
    for (;;) {
      const alarm = Object.values(await client.call('message.get_all_records')).find(({ name, obj_uuid }) => name === 'ALARM' && obj_uuid === uuid);
      if (alarm) { expect(alarm).toMatchObject({ cls: 'VM', priority: 3, body: expect.stringMatching(/^value: 1\d{8}\.0{6}\nconfig:\n<variable>/) as string }); break; }
      await pass(250);
    }
  });
});
