import { describe, expect, it } from 'vitest';
import { giveCommands, takeCommands, type Belongings } from './belongings';
import { bondArgs } from './bond';
import { rulesFrom, targetOf } from './guard';
import { netmaskOf, prefixOf } from './links';
import { isInterfaceName, marksOf } from './marks';
import { dnsmasqArgs } from './nat/dnsmasq';
import { masqueradeScript } from './nat/masquerade';
import { parseSubnet } from './nat/subnet';
import { vlanArgs, vlanDevice } from './vlan';
import type { Link } from './links';
import { classifyScript, shareCommands, sharesOf } from './weights';

/* What the drivers say to ip, nft, tc and dnsmasq. tests/host/network says it to the kernel. */

describe('marks', () => {
  const marks = marksOf('/var/lib/one'), other = marksOf('/var/lib/two');
  it('tell this service\'s things from those of another', () => {
    const vif = { vmUuid: '2d3b7a52-98f6-44b5-8a1e-3f1f0a6c1a11', device: '7' };
    expect(marks.tap(vif)).toMatch(/^ac[0-9a-f]{4}v[0-9a-f]{7}7$/);
    expect(marks.tap(vif)).not.toBe(other.tap(vif));
    expect(isInterfaceName(marks.tap(vif)) && isInterfaceName(marks.unfinished(vif.vmUuid))).toBe(true);
    const alias = marks.alias({ kind: 'vif', ...vif });
    expect(marks.read(alias)).toEqual({ kind: 'vif', ...vif });
    expect(other.read(alias)).toBeUndefined();
    expect(marks.read('somebody else')).toBeUndefined();
    expect(marks.read(undefined)).toBeUndefined();
  });
  it.each([['eth0.17', true], ['br-lan', true], ['', false], ['-x', false], ['a b', false], ['a/b', false], ['x'.repeat(16), false], ['$(id)', false]])('accept %j as a name: %s', (name, good) => { expect(isInterfaceName(name)).toBe(good); });
});

describe('VLANs and bonds', () => {
  it('are what iproute2 understands', () => {
    expect(vlanArgs('eth0', 17).join(' ')).toBe('link add link eth0 name eth0.17 type vlan id 17');
    expect(vlanDevice('enx001122334455', 4094)).toMatch(/^vlan4094-[0-9a-f]{4}$/);
    expect(bondArgs('bond0', 'active-backup', '02:00:00:00:00:01').join(' ')).toBe('link add name bond0 address 02:00:00:00:00:01 type bond mode active-backup fail_over_mac none miimon 100 updelay 200 downdelay 0');
    expect(bondArgs('bond0', 'lacp').join(' ')).toBe('link add name bond0 type bond mode 802.3ad lacp_rate fast xmit_hash_policy layer3+4 miimon 100 updelay 200 downdelay 0');
    expect(() => bondArgs('bond0', 'balance-slb')).toThrow(/Open vSwitch/);
  });
});

describe('a lock', () => {
  const lock = { macs: ['02:00:00:00:00:01'], ipv4: ['10.0.0.1'], ipv6: ['fe80::1'], blocked: false };
  it('lets nothing through but what is named', () => {
    const rules = rulesFrom({ lock });
    expect(rules.at(-1)).toBe('drop');
    expect(rules).toContain('ether saddr != { 02:00:00:00:00:01 } drop');
    expect(rules).toContain('ether type ip ip saddr { 10.0.0.1 } accept');
    expect(rules.some(rule => rule.includes('nd-neighbor-advert @th,64,128 0xfe800000000000000000000000000001'))).toBe(true);
    expect(rulesFrom({ lock: { ...lock, ipv4: [], ipv6: [] } })).toEqual(['ether saddr != { 02:00:00:00:00:01 } drop', 'drop']);
    expect(rulesFrom({ lock: { ...lock, macs: [] } })[0]).toBe('drop');
    expect(rulesFrom({ lock: { ...lock, blocked: true } })).toEqual(['drop']);
    expect(rulesFrom({})).toEqual([]);
  });
  it('comes after the rate, which counts what is dropped, too', () => { expect(rulesFrom({ lock, kilobytesPerSecond: 10 })[0]).toBe('limit rate over 10240 bytes/second burst 131072 bytes drop'); });
  it.each([['::1', `0x${'0'.repeat(31)}1`], ['2001:db8::a:b', '0x20010db80000000000000000000a000b'], ['::ffff:1.2.3.4', '0x00000000000000000000ffff01020304'], ['1:2:3:4:5:6:7:8', '0x00010002000300040005000600070008']])('writes %s as one number', (address, number) => { expect(targetOf(address)).toBe(number); });
});

describe('weights', () => {
  const marks = marksOf('/var/lib/one'), vmUuid = '2d3b7a52-98f6-44b5-8a1e-3f1f0a6c1a11';
  const link = (name: string, more: Partial<Link>): Link => ({ name, mac: '', mtu: 1500, up: true, carrier: true, master: '', lower: '', kind: '', alias: '', loopback: false, ...more });
  const tap = (name: string, master: string, weight?: number): Link => link(name, { master, kind: 'tun', alias: marks.alias({ kind: 'vif', vmUuid, device: '0', ...(weight === undefined ? {} : { weight }) }) });
  const bridge = (name: string): Link => link(name, { kind: 'bridge', alias: marks.alias({ kind: 'network', uuid: name }) });
  const machine = [
    link('eth0', { master: 'xenbr0' }), link('eth0.5', { master: 'xapi5', kind: 'vlan', lower: 'eth0' }), link('eth1', { master: 'xenbr1' }), link('eth2', { master: 'theirs' }),
    bridge('xenbr0'), bridge('xapi5'), bridge('xenbr1'), bridge('xapi0'), link('theirs', { kind: 'bridge' }),
  ];
  it('are those of all guests whose way out is one cable, VLANs on it too, and only where somebody has one', () => {
    expect(sharesOf([...machine, tap('c', 'xenbr0'), tap('a', 'xapi5', 300), tap('b', 'xenbr1'), tap('d', 'xapi0', 200), tap('e', 'theirs', 200), tap('f', '')], marks))
      .toEqual(new Map([['eth0', [{ tap: 'a', weight: 300 }, { tap: 'c', weight: 100 }]]]));
    expect(sharesOf([...machine, tap('c', 'xenbr0'), tap('b', 'xenbr1')], marks).size).toBe(0);
    expect(marks.read(tap('a', '', 300).alias)).toEqual({ kind: 'vif', vmUuid, device: '0', weight: 300 });
  });
  it('are told to tc: a class each, what was there before is changed, what is too much goes', () => {
    const shares = [{ tap: 'a', weight: 300 }, { tap: 'b', weight: 100 }];
    expect(shareCommands('eth0', 'ac1', shares, 1e9)).toEqual([
      'qdisc add dev eth0 root handle ac1: htb',
      'class replace dev eth0 parent ac1: classid ac1:1 htb rate 1000000000bit ceil 1000000000bit burst 125000 cburst 125000 quantum 65536',
      'class replace dev eth0 parent ac1:1 classid ac1:10 htb rate 750000000bit ceil 1000000000bit burst 93750 cburst 125000 quantum 196608',
      'class replace dev eth0 parent ac1:1 classid ac1:11 htb rate 250000000bit ceil 1000000000bit burst 65536 cburst 125000 quantum 65536',
    ]);
    const again = shareCommands('eth0', 'ac1', shares, undefined, [1, 0x10, 0x11, 0x12]);
    expect(again[0]).toMatch(/^class replace .* rate 100000000000bit /);
    expect(again.at(-1)).toBe('class delete dev eth0 classid ac1:12');
    // However far apart, a share is never so small that nothing comes through, nor a turn so long that the others wait for ever.
    expect(shareCommands('eth0', 'ac1', [{ tap: 'a', weight: 1000 }, { tap: 'b', weight: 1 }], 1e6).slice(-2).join()).toMatch(/rate 999001bit .* quantum 4194304,.*rate 8000bit .* quantum 65536$/);
  });
  it('are told to nftables, in one go', () => {
    expect(classifyScript('bridge t', 'ac1', new Map([['eth0', [{ tap: 'a', weight: 300 }, { tap: 'b', weight: 100 }]], ['eth1', [{ tap: 'c', weight: 50 }]]])).slice(-3))
      .toEqual(['add element bridge t classes { "a" : ac1:10 }', 'add element bridge t classes { "b" : ac1:11 }', 'add element bridge t classes { "c" : ac1:10 }']);
  });
});

describe('a NAT network', () => {
  it('plans its addresses', () => {
    expect(parseSubnet('10.87.0.1/24')).toEqual({ host: '10.87.0.1', prefix: 24, network: '10.87.0.0', netmask: '255.255.255.0', first: '10.87.0.10', last: '10.87.0.254' });
    expect(parseSubnet('192.168.5.254/24')).toMatchObject({ host: '192.168.5.254', first: '192.168.5.10', last: '192.168.5.253' });
    expect(parseSubnet('10.0.0.1/28')).toMatchObject({ first: '10.0.0.5', last: '10.0.0.14' });
  });
  it.each([undefined, '', '10.87.0.0/24', '10.87.0.255/24', '10.87.0.1/30', '10.87.0.1/8', '300.1.1.1/24', '10.87.0.1/24; reboot'])('refuses %j', text => { expect(() => parseSubnet(text)).toThrow(/no subnet/); });
  it('says so to dnsmasq and nftables', () => {
    const network = { uuid: 'u', kind: 'nat' as const, bridge: 'xapi0', mtu: 1400 }, subnet = parseSubnet('10.87.0.1/24');
    const args = dnsmasqArgs('/data', network, subnet);
    expect(args).toEqual(expect.arrayContaining(['--interface=xapi0', '--bind-interfaces', '--dhcp-range=10.87.0.10,10.87.0.254,255.255.255.0,12h', '--dhcp-option-force=option:mtu,1400', '--dhcp-leasefile=/data/u.leases']));
    expect(masqueradeScript('t', network, subnet)).toContain('add rule ip t leave ip saddr 10.87.0.0/24 ip daddr != 10.87.0.0/24 oifname != "xapi0" masquerade');
  });
});

describe('what an interface has', () => {
  const belongings: Belongings = {
    addresses: [{ address: '192.0.2.10', prefix: 24, family: 4, scope: 'global', label: 'eth0', validSeconds: 600, preferredSeconds: 300 }],
    routes: [
      { family: 4, destination: 'default', gateway: '192.0.2.1', device: 'eth0', protocol: 'dhcp', metric: 100, source: '', scope: '' },
      { family: 4, destination: '203.0.113.0/24', gateway: '', device: 'eth0', protocol: 'static', metric: undefined, source: '', scope: 'link' },
      { family: 6, destination: 'default', gateway: 'fe80::1', device: 'eth0', protocol: 'static', metric: undefined, source: '', scope: '' },
    ],
  };
  it('moves, neighbours before what leads over them', () => {
    expect(takeCommands(belongings, 'eth0')).toEqual(['addr delete 192.0.2.10/24 dev eth0']);
    expect(giveCommands(belongings, 'br0')).toEqual([
      'addr replace 192.0.2.10/24 brd + dev br0 valid_lft 600 preferred_lft 300', 'route replace 203.0.113.0/24 dev br0 proto static scope link',
      'route replace 0.0.0.0/0 via 192.0.2.1 dev br0 proto dhcp metric 100', 'route replace ::/0 via fe80::1 dev br0 proto static',
    ]);
  });
  it('has netmasks', () => {
    expect([0, 8, 24, 31, 32].map(netmaskOf)).toEqual(['0.0.0.0', '255.0.0.0', '255.255.255.0', '255.255.255.254', '255.255.255.255']);
    expect(prefixOf('255.255.240.0')).toBe(20);
    expect(prefixOf('255.0.255.0')).toBeUndefined();
  });
});
