import { describe, expect, it } from 'vitest';
import { EDITION_FEATURES, EDITIONS, editionOf, hasFeature, isLinuxGuest, mayApply, mayBeTogether, restrictionsOf, wantsToBeAlone, type ConnectedHost } from './editions';

describe('the table of editions', () => {
  it('is that of the product', () => {
    const table = Object.fromEntries(EDITIONS.map(edition => [edition, Object.keys(EDITION_FEATURES).filter(feature => hasFeature(edition, feature as keyof typeof EDITION_FEATURES))]));
    expect(table).toEqual({
      express: ['windows_guests', 'linux_guests'],
      server: ['many_hosts', 'windows_guests'],
      enterprise: ['many_hosts', 'windows_guests', 'linux_guests', 'live_migration', 'shared_storage', 'pools', 'high_availability'],
    });
  });
  it('takes an unknown edition for Express', () => { expect(editionOf('platinum')).toBe('express'); });
  it('lets nobody above the licence', () => {
    expect(EDITIONS.map(licensed => EDITIONS.filter(wanted => mayApply(wanted, licensed)))).toEqual([['express'], ['express', 'server'], ['express', 'server', 'enterprise']]);
  });
  it('is told in the words of XenServer', () => {
    expect(restrictionsOf('server')).toMatchObject({ restrict_connection: 'false', platform_filter: 'true', restrict_pool_attached_storage: 'true', enable_xha: 'false' });
    expect(restrictionsOf('enterprise')).toMatchObject({ restrict_connection: 'false', platform_filter: 'false', restrict_pool_attached_storage: 'false', enable_xha: 'true' });
  });
});

describe('a Linux guest', () => {
  it.each([
    [{ HVM_boot_policy: '', PV_kernel: 'tiny/vmlinuz' }, true], [{ HVM_boot_policy: '', PV_bootloader: 'pygrub' }, true], [{ reference_label: 'profile-debian-12' }, true], [{ reference_label: 'tiny-linux' }, true],
    [{ reference_label: 'ubuntu-22.04' }, true], [{ other_config: { 'install-distro': 'rhlike' } }, true],
    [{ reference_label: 'windows-11' }, false], [{ reference_label: 'profile-other' }, false], [{ HVM_boot_policy: 'BIOS order' }, false], [{ HVM_boot_policy: '', PV_kernel: '' }, false],
  ])('%j: %s', (vm, linux) => { expect(isLinuxGuest(vm)).toBe(linux); });
  it('is what its agent says first of all', () => {
    expect(isLinuxGuest({ reference_label: 'profile-other' }, 'debian')).toBe(true);
    expect(isLinuxGuest({ reference_label: 'debian-12' }, 'Microsoft Windows 11')).toBe(false);
  });
});

describe('hosts in one console', () => {
  const express: ConnectedHost = { license_params: restrictionsOf('express') }, server: ConnectedHost = { license_params: restrictionsOf('server') };
  const enterprise: ConnectedHost = { license_params: restrictionsOf('enterprise') }, xcpNg: ConnectedHost = { license_params: { restrict_vlan: 'false' } };
  const xenExpress: ConnectedHost = { license_params: {}, pool_restrictions: { restrict_connection: 'true' } };
  it.each([
    ['one Express host', [express], true], ['two Express hosts', [express, express], false], ['an Express and an Enterprise host', [express, enterprise], false], ['an Enterprise and an Express host', [enterprise, express], false],
    ['Server and Enterprise', [server, enterprise], true], ['an XCP-ng pool and an Enterprise host', [xcpNg, enterprise], true], ['an XCP-ng pool and an Express host', [xcpNg, express], false], ['two XCP-ng pools', [xcpNg, xcpNg], true],
    ['no host', [], true],
  ])('%s: %j', (_what, hosts, together) => { expect(mayBeTogether(hosts)).toBe(together); });
  it('of other makes are alone only where their licence says so', () => { expect([xcpNg, xenExpress].map(wantsToBeAlone)).toEqual([false, true]); });
});
