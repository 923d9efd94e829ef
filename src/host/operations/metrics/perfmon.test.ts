import { describe, expect, it } from 'vitest';
import { parsePerfmon, PerfmonError } from './perfmon';

const variable = (tags: Readonly<Record<string, string>>): string => `<variable>${Object.entries(tags).map(([tag, value]) => `<${tag} value="${value}"/>`).join('')}</variable>`;
const config = (...all: Readonly<Record<string, string>>[]): string => `<config>${all.map(variable).join('')}</config>`;
const matches = (xml: string, kind: 'vm' | 'host' | 'sr', names: readonly string[]): string[] => names.filter(name => parsePerfmon(xml, kind)[0]!.sources.test(name));

describe('other_config:perfmon', () => {
  it('as XenCenter writes it', () => {
    const [cpu, network, disk, ...rest] = parsePerfmon(`<?xml version="1.0"?><config>
      <variable><name value="cpu_usage"/><alarm_trigger_level value="0.9"/><alarm_trigger_period value="120"/><alarm_auto_inhibit_period value="1800"/></variable>
      <variable><name value="network_usage" /><alarm_trigger_level value="102400"/></variable><!-- a remark -->
      <variable><name value="disk_usage"/><alarm_trigger_level value="1e6"/><alarm_priority value="2"/></variable></config>`, 'vm');
    expect(rest).toEqual([]);
    expect(cpu).toMatchObject({ name: 'cpu_usage', level: 0.9, clearLevel: 0.9, sense: 'high', consolidation: 'average', periodSeconds: 120, inhibitSeconds: 1800, priority: 3 });
    expect(cpu?.xml).toBe('<variable>\n\t<name value="cpu_usage"/>\n\t<alarm_trigger_level value="0.9"/>\n\t<alarm_trigger_period value="120"/>\n\t<alarm_auto_inhibit_period value="1800"/>\n</variable>\n');
    expect(network).toMatchObject({ consolidation: 'sum', periodSeconds: 60, inhibitSeconds: 3600 });
    expect(disk).toMatchObject({ level: 1e6, priority: 2 });
  });
  it.each<[string, 'vm' | 'host' | 'sr', string[], string[]]>([
    ['cpu_usage', 'vm', ['cpu0', 'cpu12'], ['cpu_avg', 'cpu_usage', 'xcpu0']], ['cpu_usage', 'host', ['cpu0'], ['cpu_avg']],
    ['network_usage', 'vm', ['vif_0_rx', 'vif_7_tx'], ['vif_0_rx_errors']], ['network_usage', 'host', ['pif_eth0_rx', 'pif_eno1_tx', 'pif_bond0_tx'], ['pif_aggr_rx', 'pif_eth0.5_rx']],
    ['disk_usage', 'vm', ['vbd_vda_read', 'vbd_xvda_write'], ['vbd_vda_iops_read', 'vbd_vda_read_latency']],
    ['physical_utilisation', 'sr', ['physical_utilisation', 'size'], ['io_throughput_total']], ['sr_io_throughput_total_per_host', 'sr', ['io_throughput_total'], []],
    ['sr_io_throughput_total_0123abcd', 'host', ['io_throughput_total_0123abcd'], ['io_throughput_total_0123abce']],
    ['memory_internal_free', 'vm', ['memory_internal_free'], ['memory']], ['vbd_vda_read_latency', 'vm', ['vbd_vda_read_latency'], []], ['pif_eth0.5_rx', 'host', ['pif_eth0.5_rx'], ['pif_eth0x5_rx']],
  ])('%s of a %s is made of the right data sources', (name, kind, yes, no) => {
    expect(matches(config({ name, alarm_trigger_level: '1' }), kind, [...yes, ...no])).toEqual(yes);
  });
  it('knows the levels and senses that XenServer has without being told', () => {
    expect(parsePerfmon(config({ name: 'mem_usage' }, { name: 'fs_usage' }, { name: 'memory_free_kib', alarm_trigger_level: '1000' }), 'host').map(({ level, sense }) => [level, sense])).toEqual([[0.95, 'high'], [0.9, 'high'], [1000, 'low']]);
    expect(parsePerfmon(config({ name: 'physical_utilisation' }), 'sr')[0]).toMatchObject({ level: 0.9, consolidation: 'get_percent_sr_usage' });
    expect(parsePerfmon(config({ name: 'mine', rrd_regex: 'cpu[01]', consolidation_fn: 'max', alarm_trigger_level: '0.5', alarm_clear_level: '0.3' }), 'vm')[0]).toMatchObject({ consolidation: 'max', clearLevel: 0.3 });
    expect(parsePerfmon(' ', 'vm')).toEqual([]);
    expect(parsePerfmon('<config/>', 'vm')).toEqual([]);
  });
  it.each<[string, string, RegExp]>([
    ['no XML', 'cpu_usage > 0.9', /not XML/], ['half of it', '<config><variable>', /not XML/], ['a document type', '<!DOCTYPE config [<!ENTITY a "b">]><config/>', /document type/],
    ['no name', config({ alarm_trigger_level: '1' }), /missing 'name'/], ['a name that is none', config({ name: 'a b', alarm_trigger_level: '1' }), /not a name/],
    ['no level', config({ name: 'cpu_usage' }), /no default alarm_trigger_level/], ['a level that is none', config({ name: 'cpu_usage', alarm_trigger_level: 'high' }), /alarm_trigger_level high is no number/],
    ['an empty level', config({ name: 'cpu_usage', alarm_trigger_level: '' }), /is no number/],
    ['a period that is none', config({ name: 'cpu_usage', alarm_trigger_level: '1', alarm_trigger_period: '1.5' }), /alarm_trigger_period/], ['a negative period', config({ name: 'cpu_usage', alarm_trigger_level: '1', alarm_auto_inhibit_period: '-1' }), /alarm_auto_inhibit_period/],
    ['a sense that is none', config({ name: 'cpu_usage', alarm_trigger_level: '1', alarm_trigger_sense: 'up' }), /high or low/], ['a priority that is none', config({ name: 'cpu_usage', alarm_trigger_level: '1', alarm_priority: '9' }), /1 to 5/],
    ['another function', config({ name: 'cpu_usage', alarm_trigger_level: '1', consolidation_fn: 'eval' }), /consolidation function eval not supported/],
    ['a bad expression', config({ name: 'x', alarm_trigger_level: '1', rrd_regex: '(' }), /does not compile/], ['one that never ends', config({ name: 'x', alarm_trigger_level: '1', rrd_regex: '(a+)+' }), /too involved/],
    ['another of that kind', config({ name: 'x', alarm_trigger_level: '1', rrd_regex: 'a*a*a*a*a*b' }), /too involved/], ['the same twice', config({ name: 'cpu_usage', alarm_trigger_level: '1' }, { name: 'cpu_usage', alarm_trigger_level: '2' }), /there twice/],
    ['a wrong way back', config({ name: 'cpu_usage', alarm_trigger_level: '0.5', alarm_clear_level: '0.6' }), /wrong side/], ['too much', `<config>${' '.repeat(40_000)}</config>`, /more than/],
  ])('refuses %s, in words', (_what, xml, words) => {
    expect(() => parsePerfmon(xml, 'vm')).toThrow(PerfmonError);
    expect(() => parsePerfmon(xml, 'vm')).toThrow(words);
  });
});
