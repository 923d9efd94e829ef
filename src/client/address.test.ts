import { describe, expect, it } from 'vitest';
import { addressText, authority, parseAddress } from './address';

describe('parseAddress', () => {
  it.each([
    ['xs1.example', { host: 'xs1.example', port: 443 }],
    [' 10.0.0.1:8443 ', { host: '10.0.0.1', port: 8443 }],
    ['https://XS1.example/', { host: 'xs1.example', port: 443 }],
    ['https://xs1:444/some/path?x#y', { host: 'xs1', port: 444 }],
    ['::1', { host: '::1', port: 443 }],
    ['[fe80::1]:8443', { host: 'fe80::1', port: 8443 }],
    ['[::1]', { host: '::1', port: 443 }],
  ])('reads %s', (text, expected) => { expect(parseAddress(text)).toEqual(expected); });

  it.each(['', ' ', 'a b', 'host:0', 'host:65536', 'host:', ':443', '[nonsense]:1', 'http://x', 'user@host', 'a:b:c', '-x'])('refuses %j', text => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('writes an address in one way only', () => {
    for (const text of ['https://A:443', 'a', 'A:443/']) expect(addressText(parseAddress(text)!)).toBe('a');
    expect(addressText({ host: '::1', port: 1 })).toBe('[::1]:1');
    expect(authority({ host: '::1', port: 443 })).toBe('[::1]:443');
  });
});
