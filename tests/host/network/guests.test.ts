import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { cable, canNamespace, makeNamespace, type Namespace } from '../../fixtures/netns';

/* Two guests on an internal network, one of them locked, the other with a NAT network and a bridge to a machine outside. The service is killed in between. */

const OUTSIDE = '192.0.2.1', HOST = '192.0.2.10', WORDS = 'hello from outside';
let inside: Namespace, outside: Namespace, host: TestHost, client: TestClient;
const terminals: Duplex[] = [];
beforeAll(async () => {
  if (!canNamespace()) return;
  [inside, outside] = [makeNamespace(), makeNamespace()];
  cable(inside, 'nic0', outside, 'out0');
  outside.run('ip', 'addr', 'add', `${OUTSIDE}/24`, 'dev', 'out0');
  inside.run('ip', 'addr', 'add', `${HOST}/24`, 'dev', 'nic0');
  inside.run('ip', 'route', 'add', 'default', 'via', OUTSIDE);
  const server = outside.spawn(process.execPath, ['-e', `require('http').createServer((q, s) => s.end(${JSON.stringify(WORDS)} + ' to ' + q.socket.remoteAddress)).listen(80, () => console.log('ready'))`]);
  await new Promise(resolve => server.stdout!.once('data', resolve));
  host = await startHost({ namespace: inside, args: ['--listen', '0.0.0.0:8443'] });
  client = await host.connect();
});
afterAll(async () => {
  for (const terminal of terminals) terminal.destroy();
  await host?.dispose();
  await outside?.dispose();
  await inside?.dispose();
});

const network = (name_label: string, other_config: Record<string, string>): Promise<Ref<'network'>> =>
  client.call('network.create', { name_label, name_description: '', MTU: 1500, other_config, bridge: '', managed: true, tags: [] } as never);
const newVif = (VM: Ref<'VM'>, to: Ref<'network'>, device: string, more: object = {}): Promise<Ref<'VIF'>> =>
  client.call('VIF.create', { VM, network: to, device, MAC: '', MTU: 1500, other_config: {}, locking_mode: 'network_default', qos_algorithm_type: '', qos_algorithm_params: {}, ipv4_allowed: [], ipv6_allowed: [], ...more } as never);
/** A VM without the card that its template has. */
const bareVm = async (name: string): Promise<Ref<'VM'>> => {
  const vm = await client.newVm(name);
  for (const vif of await client.call('VM.get_VIFs', vm)) await client.call('VIF.destroy', vif);
  return vm;
};
const says = async (stream: Duplex, what: RegExp): Promise<string> => {
  let text = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (what.test(text)) return text;
  }
  throw new Error(`the console ended with: ${text.slice(-500)}`);
};
const PROMPT = new RegExp(`# (${String.fromCharCode(27)}\\[6n)?$`);
const terminalOf = async (vm: Ref<'VM'>): Promise<Duplex> => {
  const consoles = await Promise.all((await client.call('VM.get_consoles', vm)).map(ref => client.call('console.get_record', ref)));
  const stream = await client.openConsole({ uuid: consoles.find(({ protocol }) => protocol === 'vt100')!.uuid });
  terminals.push(stream);
  await says(stream, PROMPT);
  return stream;
};
/** Runs it in the guest; answers what it said and whether it went well. */
const inGuest = async (terminal: Duplex, command: string): Promise<{ ok: boolean; text: string }> => {
  terminal.write(`${command}; echo "ended="$?\n`);
  const text = await says(terminal, /ended=\d+/);
  return { ok: /ended=0/.test(text), text };
};
interface Link { ifname: string; master?: string; linkinfo?: { info_kind?: string } }
const linkNames = (): string[] => (JSON.parse(inside.run('ip', '-j', '-d', 'link', 'show')) as Link[]).map(({ ifname, master = '' }) => `${ifname} ${master}`).sort();

describe.runIf(canNamespace())('guests', () => {
  let first: Ref<'VM'>, second: Ref<'VM'>, internal: Ref<'network'>, nat: Ref<'network'>, bridge: Ref<'network'>;
  let one: Duplex, two: Duplex;
  it('start on networks of all kinds', async () => {
    internal = await network('internal', {});
    nat = await network('nat', { kind: 'nat' });
    bridge = await network('bridge', { kind: 'bridge', device: 'nic0' });
    expect(await client.call('network.get_record', internal)).toMatchObject({ other_config: { kind: 'internal' }, bridge: 'xapi0' });
    expect((await client.call('network.get_other_config', nat))['subnet']).toBe('10.87.0.1/24');
    [first, second] = [await bareVm('first'), await bareVm('second')];
    await newVif(first, internal, '0', { qos_algorithm_type: 'ratelimit', qos_algorithm_params: { kbps: '1000' } });
    await newVif(first, nat, '1');
    await newVif(first, bridge, '2');
    await newVif(second, internal, '0', { locking_mode: 'locked', ipv4_allowed: ['10.9.0.2'] });
    for (const vm of [first, second]) await client.task('VM.start', vm, false, false);
    [one, two] = [await terminalOf(first), await terminalOf(second)];
    const tap = linkNames().map(name => /^(\S+) xapi0$/.exec(name)?.[1]).filter(name => name !== undefined);
    expect(tap).toHaveLength(2);
    expect(tap.map(name => inside.run('tc', 'qdisc', 'show', 'dev', name)).filter(text => /tbf .*rate 8192Kbit/.test(text))).toHaveLength(1);
  });

  it('get an address by DHCP and reach a server through NAT', async () => {
    expect(await inGuest(one, 'n=0; until [ -e /run/address.eth1 ] || [ $n = 600 ]; do n=$((n+1)); usleep 100000; done; ip -4 addr show eth1')).toMatchObject({ text: expect.stringMatching(/inet 10\.87\.0\.\d+\/24/) as string });
    const { text } = await inGuest(one, `wget -q -O - http://${OUTSIDE}/`);
    expect(text).toContain(`${WORDS} to ::ffff:${HOST}`); // under the host's address
  });

  it('ping each other, but not from an address that is not theirs', async () => {
    await inGuest(one, 'ip addr add 10.9.0.1/24 dev eth0');
    await inGuest(two, 'ip addr add 10.9.0.2/24 dev eth0');
    expect((await inGuest(one, 'ping -c 3 -W 10 10.9.0.2')).ok).toBe(true);
    await inGuest(two, 'ip addr flush dev eth0; ip addr add 10.9.0.3/24 dev eth0');
    expect((await inGuest(two, 'ping -c 2 -W 2 10.9.0.1')).ok).toBe(false);
    await inGuest(two, 'ip addr flush dev eth0; ip link set eth0 down; ip link set eth0 address 02:12:34:56:78:9a; ip link set eth0 up; ip addr add 10.9.0.2/24 dev eth0');
    expect((await inGuest(two, 'ping -c 2 -W 2 10.9.0.1')).ok).toBe(false);
    const [vif] = await client.call('VM.get_VIFs', second), mac = await client.call('VIF.get_MAC', vif!);
    await inGuest(two, `ip link set eth0 down; ip link set eth0 address ${mac}; ip link set eth0 up`);
    expect((await inGuest(two, 'ping -c 3 -W 10 10.9.0.1')).ok).toBe(true);
  });

  it('are reached from outside over a bridge, as the host is', async () => {
    await inGuest(one, `ip addr add 192.0.2.20/24 dev eth2; ping -c 1 -W 10 ${HOST}; mkdir -p /w; echo from-guest > /w/index.html; httpd -h /w`);
    const fetch = (address: string, port: number): string => outside.run(process.execPath, '-e', `fetch('http://${address}:${port}/').then(r => r.text()).then(console.log)`);
    expect(fetch('192.0.2.20', 80)).toContain('from-guest');
    expect(outside.attempt(process.execPath, '-e', `require('net').connect(8443, '${HOST}').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`).ok).toBe(true);
    expect(inside.run('ip', '-4', 'addr', 'show', 'dev', 'xenbr0')).toContain(`${HOST}/24`);
  });

  it('go on with their networks when the service is killed', async () => {
    await inGuest(one, 'kill $(cat /run/qemu-ga.pid)');
    const before = linkNames(), rules = inside.run('nft', 'list', 'ruleset').replace(/expires \S+/g, '');
    await host.stop('SIGKILL');
    await host.start();
    client = await host.connect();
    // Without an agent, and with no DHCP of ours on the bridge: the address is the one that the host's neighbours answered from.
    await client.until('VM', first, now => now !== undefined && now.guest_metrics !== 'OpaqueRef:NULL');
    const known = await client.call('VM.get_guest_metrics', first);
    await client.until('VM_guest_metrics', known, now => now?.live === false && now.networks['2/ip'] === '192.0.2.20' && now.networks['2/ipv4/0'] === '192.0.2.20');
    expect((await client.call('VM_guest_metrics.get_networks', known))['1/ip']).toMatch(/^10\.87\.0\./); // as DHCP gave it
    for (const terminal of terminals.splice(0)) terminal.destroy();
    [one, two] = await Promise.all([first, second].map(async vm => { const consoles = await Promise.all((await client.call('VM.get_consoles', vm)).map(ref => client.call('console.get_record', ref))); const stream = await client.openConsole({ uuid: consoles.find(({ protocol }) => protocol === 'vt100')!.uuid }); terminals.push(stream); stream.write('\n'); await says(stream, PROMPT); return stream; })) as [Duplex, Duplex];
    expect(linkNames()).toEqual(before);
    expect(inside.run('nft', 'list', 'ruleset').replace(/expires \S+/g, '')).toBe(rules);
    expect((await inGuest(one, 'ping -c 3 -W 10 10.9.0.2')).ok).toBe(true);
    expect((await inGuest(one, `wget -q -O - http://${OUTSIDE}/`)).text).toContain(WORDS);
  });

  it('leave nothing', async () => {
    await expect(client.call('network.destroy', nat)).rejects.toMatchObject({ code: 'NETWORK_CONTAINS_VIF' });
    for (const vm of [first, second]) {
      await client.task('VM.hard_shutdown', vm);
      await client.task('VM.destroy', vm);
    }
    for (const one of [internal, nat, bridge]) await client.task('network.destroy', one);
    expect(linkNames()).toEqual(['lo ', 'nic0 ']);
    expect(inside.run('ip', '-4', 'addr', 'show', 'dev', 'nic0')).toContain(`${HOST}/24`);
    expect(inside.run('nft', 'list', 'tables')).not.toMatch(/_nat_/);
    expect(inside.run('sh', '-c', 'nft list ruleset | grep -c jump || true').trim()).toBe('0');
  });
});
