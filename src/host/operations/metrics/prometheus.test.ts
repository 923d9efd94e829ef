import { describe, expect, it } from 'vitest';
import { makeBench } from '../../../../tests/fixtures/desk';
import type { DataSourceType, Owner, Reading } from '../../metrics/contract';
import { createExporter } from './exporter';
import { prometheusText } from './prometheus';

const reading = (kind: Owner['kind'], uuid: string, all: readonly (readonly [name: string, type: DataSourceType, value: number, description?: string])[]): Reading => ({
  owner: { kind, uuid }, values: Float64Array.from(all, ([, , value]) => value), sources: all.map(([name, type, , description = 'what it is']) => ({ name, type, description, units: '', min: 0, max: Infinity, standard: true })),
});

describe('for Prometheus', () => {
  it('names become labels, units base units, counters totals; what is not known is left out', () => {
    const text = prometheusText([
      reading('vm', 'a', [['cpu0', 'gauge', 0.5, 'Usage of virtual processor 0'], ['cpu11', 'gauge', 0.25, 'Usage of virtual processor 11'], ['memory_internal_free', 'gauge', 2], ['vbd_vda_read', 'derive', 4096], ['vbd_vda_iops_write', 'derive', 7], ['vbd_vda_read_latency', 'gauge', 1500], ['vif_0_rx', 'derive', NaN], ['vif_0_tx_errors', 'derive', 3]]),
      reading('vm', 'b', [['cpu0', 'gauge', 1, 'Usage of virtual processor 0']]),
      reading('host', 'h', [['pif_eth0.5_tx', 'derive', 9], ['pif_aggr_tx', 'derive', 9], ['memory_free_kib', 'gauge', 3], ['disk_sda_write', 'derive', 1]]),
      reading('sr', 's', [['io_throughput_write', 'derive', 2], ['latency', 'gauge', 12], ['physical_utilisation', 'gauge', 5]]),
    ], 1.5, ({ uuid }) => (uuid === 'a' ? 'web "1"\\\n' : uuid));
    const lines = text.split('\n'), a = 'uuid="a",name="web \\"1\\"\\\\\\n"';
    for (const line of [
      '# TYPE administrator_console_vm_vcpu_usage_ratio gauge', '# HELP administrator_console_vm_vcpu_usage_ratio Usage of virtual processor', `administrator_console_vm_vcpu_usage_ratio{${a},vcpu="0"} 0.5`, `administrator_console_vm_vcpu_usage_ratio{${a},vcpu="11"} 0.25`,
      'administrator_console_vm_vcpu_usage_ratio{uuid="b",name="b",vcpu="0"} 1', `administrator_console_vm_memory_internal_free_bytes{${a}} 2048`, '# TYPE administrator_console_vm_disk_read_bytes_total counter', `administrator_console_vm_disk_read_bytes_total{${a},disk="vda"} 4096`,
      `administrator_console_vm_disk_write_operations_total{${a},disk="vda"} 7`, `administrator_console_vm_disk_read_latency_seconds{${a},disk="vda"} 0.0015`, `administrator_console_vm_network_transmit_errors_total{${a},vif="0"} 3`,
      'administrator_console_host_network_transmit_bytes_total{uuid="h",name="h",pif="eth0.5"} 9', 'administrator_console_host_memory_free_bytes{uuid="h",name="h"} 3072', 'administrator_console_host_disk_write_bytes_total{uuid="h",name="h",disk="sda"} 1',
      'administrator_console_sr_io_write_bytes_total{uuid="s",name="s"} 2097152', 'administrator_console_sr_io_latency_seconds{uuid="s",name="s"} 0.012', 'administrator_console_sr_used_bytes{uuid="s",name="s"} 5', 'administrator_console_reading_age_seconds 1.5',
    ]) expect(lines).toContain(line);
    expect(text).not.toContain('aggr');
    expect(text).not.toContain('receive');
    // The grammar of the format: every sample of a family right after its two lines, no family twice.
    const families = lines.filter(line => line.startsWith('# TYPE')).map(line => line.split(' ')[2]);
    expect(new Set(families).size).toBe(families.length);
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^# (HELP|TYPE) [a-z_]+ \S.*$|^[a-z_]+(\{([a-z]+="(?:[^"\\]|\\.)*",?)+\})? -?[\d.e+-]+$/);
    expect(text.endsWith('\n')).toBe(true);
  });
  it('there is nothing without a token, and nothing for another', async () => {
    const bench = await makeBench(), exporter = createExporter(bench.desk), [pool] = [...bench.store.all('pool').keys()];
    exporter.take(bench.clock.now - 2000, [reading('sr', bench.store.get('SR', bench.sr).uuid, [['size', 'gauge', 7]])]);
    expect([exporter.scrape(undefined), exporter.scrape('')]).toEqual([{ is: 'off' }, { is: 'off' }]);
    const secret = await bench.handlers['secret.create']!(bench.context(), { value: 'sesame', other_config: {} } as never);
    bench.store.transaction(tx => { tx.set('pool', pool!, { other_config: { 'prometheus-secret': tx.get('secret', secret).uuid } }); });
    expect([exporter.scrape(undefined), exporter.scrape('sesam'), exporter.scrape('sesame!')]).toEqual(Array(3).fill({ is: 'refused' }));
    expect(exporter.scrape('sesame')).toMatchObject({ is: 'told', text: expect.stringMatching(/sr_size_bytes\{uuid="[-0-9a-f]+",name="Local storage"\} 7\n[^]*age_seconds 2\n/) as string });
    await expect(Promise.resolve().then(() => bench.handlers['secret.destroy']!(bench.context(), secret))).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
  });
});
