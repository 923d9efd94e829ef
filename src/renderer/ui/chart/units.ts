/* Figures of charts, each with its unit. */
import { bytesText } from '../text';

export type Unit = 'percent' | 'bytes' | 'bytes/s' | '/s' | 'seconds' | 'number';

const round = (value: number): string => String(Number(value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)));
const SCALES: readonly (readonly [number, string])[] = [[1e9, ' G'], [1e6, ' M'], [1e3, ' k']];
const plain = (value: number): string => {
  const [size, letter] = SCALES.find(([least]) => Math.abs(value) >= least) ?? [1, ''];
  return `${round(value / size)}${letter}`;
};

/** `12.5 %`, `3.2 MiB/s`, `340 /s`; `unknown` for a gap. */
export const unitText = (value: number, unit: Unit): string => {
  if (Number.isNaN(value)) return 'unknown';
  switch (unit) {
    case 'percent': return `${round(value * 100)} %`;
    case 'bytes': return bytesText(value);
    case 'bytes/s': return `${bytesText(value < 1 ? Math.ceil(value) : value)}/s`.replace(/bytes?\/s$/, 'B/s');
    case '/s': return `${plain(value)} /s`;
    case 'seconds': return value < 0.001 ? `${round(value * 1e6)} µs` : value < 1 ? `${round(value * 1e3)} ms` : `${round(value)} s`;
    case 'number': return plain(value);
  }
};

const NICE = [1, 2, 5, 10];
/** The top of an axis that shows `greatest`, and where its lines are: round figures in their unit. A percentage below 100 goes up to 100. */
export const axisOf = (greatest: number, unit: Unit): { top: number; ticks: readonly number[] } => {
  const most = Number.isFinite(greatest) && greatest > 0 ? greatest : 0;
  if (unit === 'percent' && most <= 1) return { top: 1, ticks: [0, 0.25, 0.5, 0.75, 1] };
  if (most === 0) return { top: 1, ticks: [0, 1] };
  const base = unit === 'bytes' || unit === 'bytes/s' ? 1024 : 10;
  const wanted = most / 4;
  const power = base ** Math.floor(Math.log(wanted) / Math.log(base));
  const steps = base === 1024 ? [1, 2, 5, 10, 20, 50, 100, 200, 256, 512, 1024] : NICE;
  const step = (steps.find(nice => nice * power >= wanted) ?? base) * power;
  const count = Math.max(1, Math.ceil(most / step));
  return { top: step * count, ticks: Array.from({ length: count + 1 }, (_, i) => i * step) };
};

const parts = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => new Intl.DateTimeFormat('en-GB', options);
const [SECONDS, MINUTES, DAYS, MONTHS, WHOLE] = [parts({ timeStyle: 'medium' }), parts({ timeStyle: 'short' }), parts({ weekday: 'short', hour: '2-digit', minute: '2-digit' }), parts({ day: 'numeric', month: 'short' }), parts({ dateStyle: 'medium', timeStyle: 'medium' })];
/** A point on a time axis of this length. */
export const tickText = (timeS: number, spanS: number): string => (spanS <= 900 ? SECONDS : spanS <= 86_400 ? MINUTES : spanS <= 8 * 86_400 ? DAYS : MONTHS).format(timeS * 1000);
export const momentText = (timeS: number): string => WHOLE.format(timeS * 1000);
