import type { Variable } from './perfmon';

/* One variable of one object over time. Minutes are judged, as XenServer's perfmon does, not single looks; a shorter period is judged as a whole.
 * Too high (or low) for the whole period is an alarm; well for the whole period again ends it. While it lasts it is told again after the inhibit period, and never
 * twice within it. What is unknown counts neither way. */

export interface Watch { sum: number; count: number; elapsedMs: number; badMs: number; wellMs: number; raised: boolean; toldAtMs: number; /** Of the last minute. */ value: number }
export const newWatch = (): Watch => ({ sum: 0, count: 0, elapsedMs: 0, badMs: 0, wellMs: 0, raised: false, toldAtMs: -Infinity, value: NaN });

const MINUTE_MS = 60_000;
export type Verdict = 'alarm' | 'clear' | undefined;

/** @param passedMs since the last look */
export const judge = (watch: Watch, { level, clearLevel, sense, periodSeconds, inhibitSeconds }: Variable, value: number, passedMs: number, nowMs: number): Verdict => {
  if (!Number.isFinite(value)) return undefined;
  watch.sum += value;
  watch.count++;
  watch.elapsedMs += passedMs;
  const periodMs = periodSeconds * 1000, stepMs = Math.min(MINUTE_MS, periodMs);
  if (watch.elapsedMs < stepMs) return undefined;
  const mean = watch.value = watch.sum / watch.count, took = watch.elapsedMs;
  Object.assign(watch, { sum: 0, count: 0, elapsedMs: 0 });
  const beyond = (limit: number): boolean => (sense === 'high' ? mean > limit : mean < limit);
  watch.badMs = beyond(level) ? watch.badMs + took : 0;
  watch.wellMs = beyond(clearLevel) ? 0 : watch.wellMs + took;
  if (watch.badMs >= periodMs && watch.badMs > 0) {
    watch.badMs = 0;
    watch.raised = true;
    if (nowMs - watch.toldAtMs < inhibitSeconds * 1000) return undefined;
    watch.toldAtMs = nowMs;
    return 'alarm';
  }
  if (!watch.raised || watch.wellMs < periodMs) return undefined;
  watch.raised = false;
  return 'clear';
};
