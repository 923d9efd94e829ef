import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NetworkSpec, VifSpec } from '../../../src/host/network/contract';
import { cable, canNamespace, makeNamespace, type Namespace } from '../../fixtures/netns';
import { startBench, type Bench } from './bench';

/* The drivers on the real kernel, without a guest: what they make, change, and leave behind. */

const NOBODY = 65534;
let host: Namespace, outside: Namespace, folder: string, bench: Bench;
const all: (() => Promise<void>)[] = [];
const open = async (): Promise<Bench> => { const made = await startBench(host, folder, NOBODY); all.push(() => made.kill().catch(() => { /* it was killed */ })); return made; };
beforeEach(async () => {
  if (!canNamespace()) return;
  [host, outside, folder] = [makeNamespace(), makeNamespace(), fs.mkdtempSync(path.join(os.tmpdir(), 'network-'))];
  bench = await open();
});
afterEach(async () => {
  // dnsmasq is no child of ours: it ends with its network.
  await bench.networks.tidy([], [], []).catch(() => { /* the bench was killed */ });
  for (const end of all.splice(0)) await end();
  await outside.dispose();
  await host.dispose();
  fs.rmSync(folder, { recursive: true });
});

const spec = (more: Partial<NetworkSpec> & Pick<NetworkSpec, 'kind'>): NetworkSpec => ({ uuid: randomUUID(), bridge: 'xapi0', mtu: 1500, ...more });
const vif = (more: Partial<VifSpec> = {}): VifSpec => ({ vmUuid: randomUUID(), vmName: 'vm', device: '0', mac: '02:00:00:00:00:01', mtu: 1500, ...more });
interface Link { ifname: string; master?: string; mtu: number; address: string; flags: string[]; linkinfo?: { info_kind?: string } }
const links = (): Link[] => (JSON.parse(host.run('ip', '-j', '-d', 'link', 'show')) as Link[]).filter(({ ifname }) => ifname !== 'lo');
const link = (name: string): Link | undefined => links().find(one => one.ifname === name);
const names = (): string[] => links().map(one => one.ifname).sort();
const addresses = (device: string): string[] => (JSON.parse(host.run('ip', '-j', '-4', 'addr', 'show', 'dev', device)) as { addr_info?: { local: string; prefixlen: number }[] }[]).flatMap(one => one.addr_info ?? []).map(one => `${one.local}/${one.prefixlen}`);
const routes = (): string => host.run('ip', '-4', 'route', 'show');
const dnsmasqs = (): string[] => fs.readdirSync(path.join(folder, 'network')).filter(name => name.endsWith('.pid')).map(name => fs.readFileSync(path.join(folder, 'network', name), 'utf8').trim());
const alive = (pid: string): boolean => fs.existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
const tables = (): string => host.run('nft', 'list', 'tables');

describe.runIf(canNamespace())('the network drivers', () => {
  it('find out what the machine lacks', async () => {
    for (const what of ['user', 'internal', 'nat', 'bridge', 'vif-lock', 'vif-rate'] as const) expect(await bench.networks.lacks(what)).toBe('');
    // Whatever this kernel has: the answer is what it does.
    for (const [what, args] of [['vlan', ['link', 'add', 'link', 'b0', 'name', 'b0.5', 'type', 'vlan', 'id', '5']], ['bond', ['link', 'add', 'name', 'o0', 'type', 'bond']]] as const) {
      outside.attempt('ip', 'link', 'add', 'name', 'b0', 'type', 'bridge');
      const lack = await bench.networks.lacks(what);
      expect(lack === '').toBe(outside.attempt('ip', ...args).ok);
      if (lack !== '') expect(lack).toMatch(what === 'vlan' ? /VLANs \(module 8021q\)/ : /bonding \(module bonding\)/);
    }
    expect(names()).toEqual([]); // nothing of the trials stays
    if (await bench.networks.lacks('bond') !== '') await expect(bench.networks.createBond('bond0', ['a', 'b'], 'lacp')).rejects.toMatchObject({ kind: 'unsupported' });
    await expect(bench.networks.createBond('bond0', ['a', 'b'], 'balance-slb')).rejects.toMatchObject({ kind: 'unsupported', message: expect.stringMatching(/Open vSwitch/) as string });
  });

  it('lay a cable for an engine that makes its end of a VIF itself, with the same rules on it', async () => {
    await bench.kill();
    all.push(() => bench.kill());
    bench = await startBench(host, folder, NOBODY, 'own-ends');
    const one = spec({ kind: 'internal' }), two = spec({ kind: 'internal', bridge: 'xapi1' }), card = vif({ kilobytesPerSecond: 1000, lock: { macs: ['02:00:00:00:00:01'], ipv4: ['10.5.0.2'], ipv6: [], blocked: false } });
    const { backend } = await bench.networks.plug(card, one);
    if (backend.by !== 'bridge') throw new Error('a tap');
    expect(await bench.networks.plug(card, one)).toMatchObject({ backend }); // again: nothing is doubled
    // The engine's end, with a guest behind it.
    cable(host, 'vif1.0', outside, 'eth0');
    host.run('ip', 'link', 'set', 'dev', 'vif1.0', 'master', backend.bridge, 'up');
    for (const args of [['link', 'set', 'dev', 'eth0', 'address', '02:00:00:00:00:01', 'up'], ['addr', 'add', '10.5.0.2/24', 'dev', 'eth0'], ['addr', 'add', '10.5.0.3/24', 'dev', 'eth0']]) outside.run('ip', ...args);
    host.run('ip', 'addr', 'add', '10.5.0.1/24', 'dev', 'xapi0');
    // Nobody listens there: who is refused was heard.
    const reaches = (from: string, seconds: number): boolean => outside.attempt('python3', '-c', `import socket\ntry: socket.create_connection(('10.5.0.1', 9), ${seconds}, ('${from}', 0))\nexcept ConnectionRefusedError: pass`).ok;
    expect(reaches('10.5.0.2', 20)).toBe(true);
    expect(reaches('10.5.0.3', 1)).toBe(false); // an address that it is not allowed
    const cabled = names().find(name => link(name)?.master === 'xapi0')!;
    expect(host.run('tc', 'qdisc', 'show', 'dev', cabled)).toMatch(/tbf .*rate 8192Kbit/);
    // Another network is another plug of the same cable: the engine need not know.
    expect(await bench.networks.change(card, two)).toBeUndefined();
    expect(link(cabled)?.master).toBe('xapi1');
    await expect(bench.networks.down(two)).rejects.toMatchObject({ kind: 'in-use' });
    await bench.networks.tidy([one, two], [card]);
    expect(names()).toContain(backend.bridge);
    await bench.networks.tidy([one, two], []); // of a service that was killed: no VIF knows it
    expect(names()).toEqual(['vif1.0', 'xapi0', 'xapi1']);
    await bench.networks.plug(card, one);
    await bench.networks.unplug(card);
    expect(names()).toEqual(['vif1.0', 'xapi0', 'xapi1']);
  });

  it('make an internal network, plug, move and unplug VIFs, and take all away', async () => {
    const one = spec({ kind: 'internal', mtu: 1400 }), two = spec({ kind: 'internal', bridge: 'xapi1' }), card = vif({ mtu: 1400, kilobytesPerSecond: 1000, lock: { macs: ['02:00:00:00:00:01'], ipv4: ['10.0.0.1'], ipv6: ['fe80::1'], blocked: false } });
    const nic = await bench.networks.plug(card, one);
    expect(nic).toMatchObject({ device: '0', mac: card.mac, mtu: 1400, backend: { by: 'tap' } });
    const tap = nic.backend.by === 'tap' ? nic.backend.ifname : '';
    expect(tap.length).toBeLessThanOrEqual(15);
    expect(link(tap)).toMatchObject({ master: 'xapi0', mtu: 1400 });
    expect(link('xapi0')).toMatchObject({ mtu: 1400 });
    expect(fs.statSync('/dev/net/tun').mode & 0o006).toBe(0o006); // so that QEMU's user may open it
    expect(host.run('tc', 'qdisc', 'show', 'dev', tap)).toMatch(/tbf .*rate 8192Kbit/);
    const rules = host.run('nft', 'list', 'ruleset');
    expect(rules).toMatch(new RegExp(`"${tap}" : jump from_${tap}`));
    expect(rules).toMatch(/limit rate over 1000 kbytes\/second burst 128 kbytes drop/);
    // Again: nothing is doubled.
    await bench.networks.plug(card, one);
    expect(names()).toEqual([tap, 'xapi0'].sort());

    // While it is open as QEMU has it, another network is another plug of the same cable.
    const holder = host.spawn('python3', ['-c', `import fcntl,struct,time\nf=open('/dev/net/tun','r+b',0)\nfcntl.ioctl(f,0x400454ca,struct.pack('16sH',b'${tap}',0x1002))\nprint('open',flush=True)\ntime.sleep(1000)`]);
    await new Promise(resolve => holder.stdout!.once('data', resolve));
    const { lock: _, kilobytesPerSecond: __, ...free } = card;
    expect(await bench.networks.change(free, two)).toBeUndefined();
    expect(link(tap)).toMatchObject({ master: 'xapi1' });
    expect(host.run('tc', 'qdisc', 'show', 'dev', tap)).not.toContain('tbf');
    expect(host.run('nft', 'list', 'ruleset')).not.toContain(`from_${tap}`);
    await expect(bench.networks.down(two)).rejects.toMatchObject({ kind: 'in-use' });
    // To QEMU's own network: the engine has to change the card.
    expect(await bench.networks.change(free, spec({ kind: 'user' }))).toMatchObject({ backend: { by: 'user' } });

    await bench.networks.unplug(card);
    await bench.networks.unplug(card);
    for (const network of [one, two]) await bench.networks.down(network);
    expect(names()).toEqual([]);
    await expect(bench.networks.plug(card, spec({ kind: 'user' }))).rejects.toMatchObject({ kind: 'unsupported' });
    await expect(bench.networks.plug({ ...card, lock: { macs: [card.mac], ipv4: ['10.0.0.1; flush ruleset'], ipv6: [], blocked: false } }, one)).rejects.toThrow(/no address/);
  });

  it('take over a NAT network after a crash, and leave nothing of what nobody knows', async () => {
    const network = spec({ kind: 'nat', subnet: '10.87.0.1/24' }), other = spec({ kind: 'nat', subnet: '10.87.1.1/24', bridge: 'xapi1' }), card = vif();
    const nic = await bench.networks.plug(card, network);
    await bench.networks.up(other);
    expect(addresses('xapi0')).toEqual(['10.87.0.1/24']);
    const [before, pids] = [names(), dnsmasqs()];
    expect(pids).toHaveLength(2);
    expect(pids.every(alive)).toBe(true);
    await expect(bench.networks.up(spec({ kind: 'nat', subnet: '10.87.0.129/25', bridge: 'xapi2' }))).rejects.toMatchObject({ kind: 'in-use' });
    await expect(bench.networks.up(spec({ kind: 'nat', subnet: '10.87.0/24', bridge: 'xapi2' }))).rejects.toThrow(/no subnet/);
    expect(names()).toEqual(before);

    await bench.kill();
    bench = await open();
    await bench.networks.up(network);
    expect(names()).toEqual(before);
    expect(dnsmasqs()).toEqual(pids); // the same process: leases stay
    // Things of others: the same kinds, not our marks.
    host.run('ip', 'link', 'add', 'name', 'theirs', 'type', 'bridge');
    host.run('ip', 'tuntap', 'add', 'dev', 'theirtap', 'mode', 'tap');
    host.run('nft', 'add', 'table', 'ip', 'theirs');
    await bench.networks.tidy([network], []);
    expect(names()).toEqual(['theirs', 'theirtap', 'xapi0']);
    expect(nic.backend.by).toBe('tap');
    expect(dnsmasqs().filter(alive)).toHaveLength(1);
    await bench.networks.tidy([], []);
    expect(names()).toEqual(['theirs', 'theirtap']);
    expect(pids.some(alive)).toBe(false);
    expect(tables().match(/^table ip .*$/gm)).toEqual(['table ip theirs']);
  });

  it('put a bridge under the machine\'s own address, and give it back', async () => {
    cable(host, 'nic0', outside, 'out0');
    outside.run('ip', 'addr', 'add', '192.0.2.1/24', 'dev', 'out0');
    host.run('ip', 'addr', 'add', '192.0.2.10/24', 'dev', 'nic0');
    host.run('ip', 'addr', 'add', '2001:db8::10/64', 'dev', 'nic0', 'nodad');
    host.run('ip', 'route', 'add', 'default', 'via', '192.0.2.1', 'metric', '50');
    host.run('ip', 'route', 'add', '198.51.100.0/24', 'via', '192.0.2.1');
    host.run('ip', '-6', 'route', 'add', 'default', 'via', '2001:db8::1', 'dev', 'nic0');
    const mac = link('nic0')!.address, before = routes();
    const network = spec({ kind: 'bridge', bridge: 'xenbr0', uplink: 'nic0' });
    await bench.networks.up(network);
    expect(addresses('xenbr0')).toEqual(['192.0.2.10/24']);
    expect(addresses('nic0')).toEqual([]);
    expect(link('xenbr0')!.address).toBe(mac);
    expect(routes().trim().split('\n').map(line => line.trim()).sort()).toEqual(before.replaceAll('nic0', 'xenbr0').trim().split('\n').map(line => line.trim()).sort());
    expect(host.run('ip', '-6', 'route')).toMatch(/default via 2001:db8::1 dev xenbr0/);
    // To the records it is still the interface's.
    expect(await bench.networks.interfaces()).toEqual([expect.objectContaining({
      device: 'nic0', physical: true, defaultRoute: true, gateway: '192.0.2.1', addresses: expect.arrayContaining([{ address: '192.0.2.10', netmask: '255.255.255.0', family: 4 }]) as unknown,
    })]);
    await bench.kill();
    bench = await open();
    await bench.networks.up(network); // again
    expect(addresses('xenbr0')).toEqual(['192.0.2.10/24']);
    await expect(bench.networks.up(spec({ kind: 'bridge', bridge: 'xenbr1', uplink: 'nic0' }))).rejects.toMatchObject({ kind: 'in-use' });

    await bench.networks.configure('nic0', { mode: 'Static', address: '192.0.2.11', netmask: '255.255.255.0', gateway: '192.0.2.1', dns: '' });
    expect(addresses('xenbr0')).toEqual(['192.0.2.11/24']);
    expect(routes()).toMatch(/default via 192.0.2.1 dev xenbr0/);
    await bench.networks.down(network);
    expect(addresses('nic0')).toEqual(['192.0.2.11/24']);
    expect(routes()).toMatch(/198.51.100.0\/24 via 192.0.2.1 dev nic0/);
    expect(names()).toEqual(['nic0']);
    await expect(bench.networks.up(spec({ kind: 'bridge', bridge: 'xenbr0', uplink: 'nic9' }))).rejects.toMatchObject({ kind: 'not-found' });
    expect(names()).toEqual(['nic0']);
  });

  it('go on where a move of addresses was cut off', async () => {
    cable(host, 'nic0', outside, 'out0');
    host.run('ip', 'addr', 'add', '192.0.2.10/24', 'dev', 'nic0');
    host.run('ip', 'route', 'add', 'default', 'via', '192.0.2.1');
    const network = spec({ kind: 'bridge', bridge: 'xenbr0', uplink: 'nic0' });
    // As if the machine's ip had been ended between taking and giving.
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const address = { address: '192.0.2.10', prefix: 24, family: 4, scope: 'global', label: 'nic0' }, route = { family: 4, destination: 'default', gateway: '192.0.2.1', device: 'nic0', protocol: '', source: '', scope: '' };
    fs.writeFileSync(path.join(folder, 'network', `${network.uuid}.uplink`), JSON.stringify({ uplink: 'nic0', mtu: 1500, moving: { boot, belongings: { addresses: [address], routes: [route] } } }));
    host.run('ip', 'addr', 'flush', 'dev', 'nic0');
    await bench.networks.up(network);
    expect(addresses('xenbr0')).toEqual(['192.0.2.10/24']);
    expect(routes()).toMatch(/default via 192.0.2.1 dev xenbr0/);
    await bench.networks.tidy([], []); // a network that nobody knows gives its uplink back, too
    expect(addresses('nic0')).toEqual(['192.0.2.10/24']);
    expect(names()).toEqual(['nic0']);
  });
});
