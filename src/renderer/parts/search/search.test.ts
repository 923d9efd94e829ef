import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, putVm, refOf } from '../../../../tests/renderer/demo-records';
import { type DemoScreen, demoScreen } from '../../../../tests/renderer/demo-screen';
import { DemoBridge } from '../../../../tests/renderer/demo-bridge';
import { findAny, findVms } from './find';
import { numberOf, parseQuery, queryText } from './query';

describe('a query', () => {
  it('is read from text, and written as text that reads the same', () => {
    for (const text of ['mail', 'tag:web|db', '-os:windows', 'memory>=4GiB', 'name="two words"', 'name:"a|b"|c', '"-x"', '"tag:x"', 'custom:"Owner=Ann \\"the\\" boss"', 'fe80::1', 'vcpus<3 power:running web', '"C:\\\\temp folder"']) {
      const query = parseQuery(text);
      expect(queryText(query), text).toBe(text);
      expect(parseQuery(queryText(query)), text).toEqual(query);
    }
  });
  it('takes what is no field, or compares what is no number, for a word', () => {
    expect(parseQuery('10:30 nofield:x name>3')).toEqual(['10:30', 'nofield:x', 'name>3'].map(value => ({ field: undefined, how: ':', values: [value], not: false })));
    expect(parseQuery('vcpus:2')).toEqual([{ field: 'vcpus', how: '=', values: ['2'], not: false }]);
  });
  it('is not upset by what is half typed, empty or endless', () => {
    expect(parseQuery('tag: - "open quo')).toEqual([{ field: undefined, how: ':', values: ['-'], not: false }, { field: undefined, how: ':', values: ['open quo'], not: false }]);
    expect(parseQuery('')).toEqual([]);
    expect(parseQuery('|||')).toEqual([]);
    expect(parseQuery('"'.repeat(100_001)).length).toBeLessThan(1_001);
  });
  it('reads sizes', () => { expect(['4', '4g', '1.5 GiB', '512mb', '1,5k', 'x', '', '4 apples'].map(numberOf)).toEqual([4, 4 * 1024 ** 3, 1.5 * 1024 ** 3, 512 * 1024 ** 2, 1_536, Number.NaN, Number.NaN, Number.NaN]); });
});

describe('what is found', () => {
  let demo: DemoScreen;
  beforeEach(async () => {
    const bridge = new DemoBridge(), { world } = bridge.host;
    putVm(world, 'web-1', { tags: ['Web', 'prod'], other_config: { folder: '/Production/Web', 'XenCenter.CustomFields.Owner': 'Ann' }, power_state: 'Running', VCPUs_max: 4, guest_metrics: put(world, 'VM_guest_metrics', 'web', { os_version: { name: 'Debian GNU/Linux 12' }, networks: { '0/ip': '198.51.100.7' } }) });
    putVm(world, 'web-2', { tags: ['web'], name_description: 'spare of web-1', power_state: 'Halted', VCPUs_max: 2 });
    demo = await demoScreen(bridge);
  });
  afterEach(() => { demo.dispose(); });
  const vms = (text: string): string[] => findVms([demo.session], parseQuery(text)).map(({ record }) => record.name_label);

  it('by every field, in any case of letters', () => {
    expect(vms('tag:WEB')).toEqual(['web-1', 'web-2']);
    expect(vms('tag=prod')).toEqual(['web-1']);
    expect(vms('folder:/production owner')).toEqual(['web-1']);
    expect(vms('custom:owner=ann')).toEqual(['web-1']);
    expect(vms('os:debian')).toEqual(['web-1']);
    expect(vms('198.51.100.7')).toEqual(['web-1']);
    expect(vms('address:198.51')).toEqual(['web-1']);
    expect(vms('host:lab-1 tag:web')).toEqual(['web-1']); // the other is nowhere
    expect(vms(String(demo.session.records.get('VM', refOf('VM', 'web-2'))?.uuid))).toEqual(['web-2']);
    expect(vms('vcpus>2 web')).toEqual(['web-1']);
    expect(vms('memory>1TiB')).toEqual([]);
    expect(vms('web -power:running')).toEqual(['web-2']);
    expect(vms('name:web-2|mail')).toEqual(['mail', 'web-2']);
    expect(vms('vcpus:apples')).toEqual([]);
  });
  it('of any kind, names before descriptions, and no more than asked for', () => {
    const any = (text: string, most = 20): string[] => findAny([demo.session], parseQuery(text), most).map(({ cls, record }) => `${cls} ${record.name_label}`);
    expect(any('web-1')).toEqual(['VM web-1', 'VM web-2']);
    expect(any('lab-1')).toEqual(['host lab-1']);
    expect(any('kind:storage')).toEqual(['SR Local storage']);
    expect(any('kind:template')).toEqual(['VM Tiny Linux']);
    expect(any('nat')).toContain('network NAT network');
    expect(any('', 2).length).toBe(2);
  });
});
