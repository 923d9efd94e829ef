import { beforeEach, describe, expect, it } from 'vitest';
import { makeBench, type Bench } from '../../../../tests/fixtures/desk';
import type { DataSource, Owner, Reading } from '../../metrics/contract';
import { createAlerts, type Alerts } from './alerts';
import { ALARMS_MAX_PER_WINDOW, FOLD_WINDOW_MS } from './fold';

let bench: Bench, alerts: Alerts, host: string, sr: string, now: number;
beforeEach(async () => {
  bench = await makeBench();
  alerts = createAlerts(bench.desk);
  host = [...bench.store.all('host').values()][0]!.uuid;
  sr = bench.store.get('SR', bench.sr).uuid;
  now = 1_000_000;
  alerts.take(now, []); // from here on time is known
});

const call = (name: string, ...args: unknown[]): Promise<unknown> => Promise.resolve().then(() => (bench.handlers as Record<string, (...a: unknown[]) => unknown>)[name]!(bench.context(), ...args));
const messages = () => [...bench.store.all('message').values()];
const sources = new Map<string, readonly DataSource[]>();
const reading = (kind: Owner['kind'], uuid: string, values: Readonly<Record<string, number>>): Reading => {
  const names = Object.keys(values), shape = names.join();
  const of = sources.get(shape) ?? names.map((name): DataSource => ({ name, description: '', units: '', type: /^(vbd|vif|io)_/.test(name) ? 'derive' : 'gauge', min: 0, max: Infinity, standard: true }));
  sources.set(shape, of);
  return { owner: { kind, uuid }, sources: of, values: Float64Array.from(Object.values(values)) };
};
/** Time passes in looks of 5 s. */
const pass = (seconds: number, readings: (elapsed: number) => readonly Reading[]): void => {
  for (let i = 5; i <= seconds; i += 5) { now += 5000; bench.clock.now = now; alerts.take(now, readings(i)); }
};
const vmWith = async (perfmon: string): Promise<string> => bench.store.get('VM', await bench.newVm({ other_config: { perfmon } })).uuid;
const CPU = '<config><variable><name value="cpu_usage"/><alarm_trigger_level value="0.9"/></variable></config>';

describe('alarms', () => {
  it('are told of a VM once, as XenServer tells them, and their end', async () => {
    const uuid = await vmWith(CPU);
    pass(300, () => [reading('vm', uuid, { cpu0: 1, cpu1: 0.9, cpu_usage: 0.95 })]);
    expect(messages()).toMatchObject([{ name: 'ALARM', priority: 3, cls: 'VM', obj_uuid: uuid, body: 'value: 0.950000\nconfig:\n<variable>\n\t<name value="cpu_usage"/>\n\t<alarm_trigger_level value="0.9"/>\n</variable>\n' }]);
    pass(300, () => [reading('vm', uuid, { cpu0: 0.1, cpu1: 0.1, cpu_usage: 0.1 })]);
    expect(messages()[1]).toMatchObject({ name: 'ALARM_CLEARED', priority: 4, cls: 'VM', obj_uuid: uuid, body: expect.stringMatching(/^value: 0.100000\n/) as string });
    expect(messages()).toHaveLength(2);
  });
  it('take counters as rates, over what time has really passed', async () => {
    const uuid = await vmWith('<config><variable><name value="disk_usage"/><alarm_trigger_level value="1000"/></variable></config>');
    let read = 0, write = 0;
    pass(120, () => [reading('vm', uuid, { vbd_vda_read: read += 2000, vbd_vda_write: write += 2500, vbd_vda_iops_read: 1e9 * read })]); // 900 B/s
    now += 5000;
    alerts.take(now, []); // it hung for a look
    pass(5, () => [reading('vm', uuid, { vbd_vda_read: read += 4000, vbd_vda_write: write += 5000, vbd_vda_iops_read: 0 })]);
    pass(120, () => [reading('vm', uuid, { vbd_vda_read: read += 2000, vbd_vda_write: write += 2500, vbd_vda_iops_read: 0 })]);
    expect(messages()).toEqual([]);
    pass(120, () => [reading('vm', uuid, { vbd_vda_read: read += 3000, vbd_vda_write: write += 2500, vbd_vda_iops_read: 0 })]); // 1100 B/s
    expect(messages()).toMatchObject([{ name: 'ALARM', body: expect.stringMatching(/^value: 10[0-9]{2}\.|^value: 1100\./) as string }]);
  });
  it('are told of hosts and repositories without being asked, unless that is turned off', () => {
    const full = (): Reading[] => [reading('host', host, { mem_usage: 0.97, fs_usage: 0.5, log_fs_usage: NaN }), reading('sr', sr, { size: 100, physical_utilisation: 95 })];
    pass(120, full);
    expect(messages().map(({ cls, body }) => `${cls} ${/name value="(\w+)"/.exec(body)?.[1]}`).sort()).toEqual(['Host mem_usage', 'SR physical_utilisation']);
    bench.store.transaction(tx => { for (const ref of tx.all('message').keys()) tx.destroy('message', ref); tx.set('SR', bench.sr, { other_config: { 'perfmon-defaults': 'false' } }); });
    pass(7200, full);
    expect(messages().map(({ cls }) => cls)).toEqual(['Host', 'Host']);
  });
  it('of what one host does on a repository are set at the repository and told at the host', () => {
    bench.store.transaction(tx => { tx.set('SR', bench.sr, { other_config: { perfmon: '<config><variable><name value="sr_io_throughput_total_per_host"/><alarm_trigger_level value="5"/></variable></config>' } }); });
    const own = `io_throughput_total_${sr.slice(0, 8)}`;
    let total = 0;
    pass(120, () => [reading('host', host, { [own]: total += 50 })]);
    expect(messages()).toMatchObject([{ cls: 'Host', obj_uuid: host, body: expect.stringContaining(`name value="sr_io_throughput_total_${sr.slice(0, 8)}"`) as string }]);
    expect(messages()[0]?.body).toContain(`<configured_on value="${sr}"/>`);
  });
  it('are folded when they come as a storm', async () => {
    const uuids: string[] = [];
    for (let i = 0; i < ALARMS_MAX_PER_WINDOW + 5; i++) uuids.push(await vmWith(CPU));
    const all = (cpu0: number) => () => [reading('host', host, { mem_usage: 0 }), ...uuids.map(uuid => reading('vm', uuid, { cpu0 }))];
    pass(60 + FOLD_WINDOW_MS / 1000, all(1));
    expect(messages().filter(({ name }) => name === 'ALARM')).toHaveLength(ALARMS_MAX_PER_WINDOW);
    const folded = messages().filter(({ name }) => name === 'ALARMS_FOLDED');
    expect(folded).toMatchObject([{ cls: 'Host', obj_uuid: host, body: expect.stringMatching(/^5 more alarms within 5 minutes:\ncpu_usage of one\n/) as string }]);
    pass(120, all(0));
    expect(messages().filter(({ name }) => name === 'ALARM_CLEARED')).toHaveLength(ALARMS_MAX_PER_WINDOW); // of those only that anybody heard of
  });
  it('go on through a change of something else, and end with what they are about', async () => {
    const ref = await bench.newVm({ other_config: { perfmon: CPU } }), { uuid } = bench.store.get('VM', ref);
    const busy = (): Reading[] => [reading('vm', uuid, { cpu0: 1 })];
    pass(40, busy);
    bench.store.transaction(tx => { tx.set('VM', ref, { name_label: 'renamed', other_config: { perfmon: CPU.replace('</config>', '<variable><name value="memory"/><alarm_trigger_level value="1"/></variable></config>') } }); });
    pass(20, busy);
    expect(messages()).toHaveLength(1);
    bench.store.transaction(tx => { tx.set('VM', ref, { other_config: {} }); });
    pass(7200, busy);
    expect(messages()).toHaveLength(1);
  });
  it('of bad XML are a refusal when it is set, and one message when it came another way', async () => {
    const ref = await bench.newVm(), { uuid } = bench.store.get('VM', ref);
    for (const [name, ...args] of [['VM.add_to_other_config', ref, 'perfmon', '<config>'], ['VM.set_other_config', ref, { perfmon: '<config><variable/></config>' }]] as const) {
      await expect(call(name, ...args)).rejects.toMatchObject({ code: 'INVALID_VALUE', params: ['other_config:perfmon', expect.any(String)] });
    }
    await call('VM.add_to_other_config', ref, 'perfmon', CPU);
    bench.store.transaction(tx => { tx.set('VM', ref, { other_config: { perfmon: 'nonsense' } }); });
    pass(60, () => [reading('vm', uuid, { cpu0: 1 })]);
    expect(messages()).toMatchObject([{ name: 'PERFMON_CONFIG_INVALID', cls: 'VM', obj_uuid: uuid, body: expect.stringContaining('not XML') as string }]);
    await call('VM.set_other_config', ref, { perfmon: 'nonsense', more: 'x' }); // what was there already does not hinder
  });
});
