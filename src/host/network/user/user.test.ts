import { describe, expect, it } from 'vitest';
import { hostnameOf, userNic } from './index';

describe('user-mode network', () => {
  it('turns a VIF into a card with NAT', () => {
    const nic = userNic({ vmUuid: 'u', vmName: 'Web server, 2', device: '1', mac: '02:00:00:00:00:01', mtu: 1400 });
    expect(nic).toEqual({ device: '1', mac: '02:00:00:00:00:01', mtu: 1400, backend: { by: 'user', hostname: 'web-server-2' } });
  });

  it.each([
    ['Ünïcode', 'unicode'], ['--x--', 'x'], ['日本', ''], ['', ''], ['a,hostfwd=tcp::22-:22', 'a-hostfwd-tcp-22-22'], ['x'.repeat(62) + ' y', 'x'.repeat(62)],
  ])('makes a DNS label of %j', (name, label) => { expect(hostnameOf(name)).toBe(label); });
});
