/* Figures of a DemoHost: waves that are the same every time, for as long as is asked. Seconds count up to `nowS`. */
import type { Records } from '../../src/shared/api';
import type { MetricsColumn, MetricsHistory, MetricsRows, Reply } from '../../src/shared/ipc';
import type { World } from './demo-records';

const MIB = 1024 ** 2;
const ARCHIVES = [[5, 120], [60, 120], [3_600, 168], [86_400, 366]] as const;
type Source = readonly [string, (t: number, busy: number) => number];
/** Between 0 and 1, rough, and always the same at one time. */
const wave = (t: number, periodS: number, phase = 0): number => 0.5 + 0.35 * Math.sin((2 * Math.PI * t) / periodS + phase) + 0.15 * Math.sin(t * 12.9898 + phase);

const VM_SOURCES: readonly Source[] = [
  ['cpu0', (t, busy) => busy * wave(t, 420)], ['cpu1', (t, busy) => busy * wave(t, 260, 2)], ['memory', () => 2_048 * MIB], ['memory_internal_free', (t, busy) => (2_048 - 1_600 * busy * wave(t, 3_000)) * 1_024],
  ['vbd_xvda_read', (t, busy) => 6 * MIB * busy * wave(t, 300) ** 4], ['vbd_xvda_write', (t, busy) => 14 * MIB * busy * wave(t, 190, 1) ** 3], ['vbd_xvda_iops_read', (t, busy) => 300 * busy * wave(t, 300)],
  ['vif_0_rx', (t, busy) => 3 * MIB * busy * wave(t, 500) ** 2], ['vif_0_tx', (t, busy) => 0.6 * MIB * busy * wave(t, 350, 3) ** 2],
];
const HOST_SOURCES: readonly Source[] = [
  ['cpu0', t => 0.6 * wave(t, 400)], ['cpu1', t => 0.4 * wave(t, 300, 1)], ['cpu_avg', t => 0.3 * wave(t, 400) + 0.2 * wave(t, 300, 1)], ['memory_total_kib', () => 16 * MIB], ['memory_free_kib', t => (7 + 2 * wave(t, 2_000)) * MIB],
  ['pif_eth0_rx', t => 9 * MIB * wave(t, 500) ** 2], ['pif_eth0_tx', t => 2 * MIB * wave(t, 300)], ['loadavg', t => 3 * wave(t, 600)],
];
const SR_SOURCES: readonly Source[] = [['io_throughput_read', t => 22 * wave(t, 300) ** 3], ['io_throughput_write', t => 41 * wave(t, 210, 1) ** 3], ['iops_read', t => 800 * wave(t, 300)], ['iops_write', t => 400 * wave(t, 210)], ['read_latency', t => 900 * wave(t, 400)]];

export class DemoMetrics {
  nowS: number;
  /** Nothing is known between these two times. */
  gap: readonly [number, number];
  readonly #world: World;

  constructor(world: World, nowS: number) { this.#world = world; this.nowS = nowS; this.gap = [nowS - 330, nowS - 270]; }

  /** Newer than `afterS`. */
  rows(afterS = this.nowS - 600): Extract<MetricsRows, { ok: true }> extends infer R ? Omit<R, 'session' | 'host'> & { ok: true } : never {
    const objects = [...this.#world.values()].flatMap(({ cls, record }) => (this.#isMeasured(cls, record) ? [{ cls, record }] : []));
    const sources = objects.flatMap(({ cls, record }) => this.#sourcesOf(cls).map(source => ({ owner: cls.toLowerCase() as MetricsColumn['owner'], uuid: record.uuid, source })));
    const times = Float64Array.from({ length: Math.max(0, Math.floor((this.nowS - afterS) / 5)) }, (_, i) => this.nowS - 5 * (Math.floor((this.nowS - afterS) / 5) - 1 - i));
    const values = new Float32Array(times.length * sources.length);
    times.forEach((t, r) => { sources.forEach(({ uuid, source }, c) => { values[r * sources.length + c] = this.#value(uuid, source[0], source[1], t); }); });
    return { ok: true, columns: sources.map(({ owner, uuid, source }) => ({ owner, uuid, source: source[0] })), times, values };
  }

  history(ref: string): Reply<MetricsHistory> {
    const found = this.#world.get(ref);
    if (!found || !('uuid' in found.record)) return { ok: false, kind: 'silent', reason: 'http-404' };
    const { cls, record } = found;
    const sources = this.#sourcesOf(cls);
    const lastUpdateS = this.#isMeasured(cls, found.record) ? this.nowS : this.nowS - 90_000;
    return { ok: true, value: { lastUpdateS, sources: sources.map(([name]) => name), archives: ARCHIVES.map(([stepS, rows]) => {
      const endS = Math.floor(lastUpdateS / stepS) * stepS;
      const values = new Float32Array(rows * sources.length);
      for (let r = 0; r < rows; r++) sources.forEach(([name, at], c) => { values[r * sources.length + c] = this.#value(record.uuid, name, at, endS - (rows - 1 - r) * stepS); });
      return { stepS, endS, rows, values };
    }) } };
  }

  #value(uuid: string, _name: string, at: Source[1], t: number): number { return t > this.gap[0] && t < this.gap[1] ? Number.NaN : at(t, (Number(uuid.slice(-2)) % 10 + 1) / 10); }
  #sourcesOf(cls: string): readonly Source[] { return cls === 'VM' ? VM_SOURCES : cls === 'host' ? HOST_SOURCES : cls === 'SR' ? SR_SOURCES : []; }
  #isMeasured(cls: string, record: object): record is { uuid: string } { return cls === 'host' || cls === 'SR' || (cls === 'VM' && (record as Records['VM']).power_state === 'Running'); }
}
