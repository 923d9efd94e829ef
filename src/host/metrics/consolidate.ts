import type { DataSource } from './contract';
import { HEARTBEAT_SECONDS, STEP_SECONDS, UNKNOWN_PART_MAX, type Form } from './forms';

/* From readings at any time to a value for every 5 s (a primary data point, PDP), and from those to the rows of the archives. What is unknown
 * counts for nothing: an average is that of the known part. xcp-rrdd counts a part that was unknown *before* as zero; rrdtool does as we do. */

/** A finished row: `values[kind * sources + source]`. `at` is the second at which its time ends. */
export interface Row { readonly form: number; readonly at: number; readonly values: Float32Array }
export type Emit = (row: Row) => void;
/** What a row is being made of: the sum of value/n for an average, so far; and how many of its values are unknown. */
export interface Preparation { readonly value: Float64Array; readonly unknown: Uint32Array }

const STEP_MS = STEP_SECONDS * 1000;
/** A rate that is above its limit by no more than this is an unsteady clock. */
const OVER_LIMIT = 1.05;

export class Consolidator {
  readonly sources: readonly DataSource[];
  readonly forms: readonly Form[];
  /** 0: never. */
  updatedMs = 0;
  /** The last readings; NaN is unknown. */
  readonly last: Float64Array;
  /** Of the value of 5 s that is being made: a rate's sum over time, or a gauge's reading; and how many seconds of it are unknown. */
  readonly value: Float64Array;
  readonly unknownSeconds: Float64Array;
  readonly preparations: readonly Preparation[];
  /** The last finished values of 5 s. */
  readonly pdps: Float64Array;

  constructor(sources: readonly DataSource[], forms: readonly Form[]) {
    const n = sources.length;
    this.sources = sources;
    this.forms = forms;
    [this.last, this.value, this.unknownSeconds, this.pdps] = [new Float64Array(n).fill(NaN), new Float64Array(n), new Float64Array(n), new Float64Array(n).fill(NaN)];
    this.preparations = forms.map(form => ({ value: new Float64Array(n * form.kinds.length), unknown: new Uint32Array(n) }));
    for (let i = 0; i < n; i++) this.#unknownSoFar(i);
  }

  update(atMs: number, readings: Float64Array, emit: Emit): void {
    const interval = (atMs - this.updatedMs) / 1000;
    // The first, or the clock went back: the time between is unknown.
    if (this.updatedMs === 0 || interval <= 0) { this.#begin(atMs, readings); return; }
    const first = Math.floor(this.updatedMs / STEP_MS), elapsed = Math.floor(atMs / STEP_MS) - first, age = (atMs - (first + elapsed) * STEP_MS) / 1000;
    this.updatedMs = atMs;
    for (let i = 0; i < this.sources.length; i++) {
      const reading = readings[i] ?? NaN, rate = interval > HEARTBEAT_SECONDS ? NaN : this.#rate(i, reading, interval);
      this.last[i] = reading;
      this.#add(i, rate, elapsed > 0 ? interval - age : interval);
      if (elapsed === 0) continue;
      this.pdps[i] = this.#pdp(i, elapsed * STEP_SECONDS);
      this.value[i] = 0;
      this.unknownSeconds[i] = 0;
      this.#add(i, rate, age);
    }
    if (elapsed > 0) this.forms.forEach((_, form) => { this.#consolidate(form, first, elapsed, emit); });
  }

  /** The same with other sources and forms: column i is what was column `from[i]`, or (-1) a new one. */
  withSources(sources: readonly DataSource[], forms: readonly Form[], from: readonly number[]): Consolidator {
    const next = new Consolidator(sources, forms);
    next.updatedMs = this.updatedMs;
    from.forEach((old, i) => {
      next.#unknownSoFar(i);
      if (old < 0) return;
      for (const [to, source] of [[next.last, this.last], [next.value, this.value], [next.unknownSeconds, this.unknownSeconds], [next.pdps, this.pdps]] as const) to[i] = source[old] ?? NaN;
      this.preparations.forEach((preparation, f) => {
        const own = next.preparations[f], form = forms[f], oldForm = this.forms[f];
        if (!own || !form || form.pdpsPerRow !== oldForm?.pdpsPerRow) return;
        own.unknown[i] = preparation.unknown[old] ?? 0;
        form.kinds.forEach((kind, k) => {
          const oldKind = oldForm.kinds.indexOf(kind);
          if (oldKind >= 0) own.value[k * sources.length + i] = preparation.value[oldKind * this.sources.length + old] ?? 0;
        });
      });
    });
    return next;
  }

  #begin(atMs: number, readings: Float64Array): void {
    this.updatedMs = atMs;
    this.pdps.fill(NaN);
    for (let i = 0; i < this.sources.length; i++) {
      this.last[i] = readings[i] ?? NaN;
      this.#unknownSoFar(i);
    }
  }

  /** Nothing is known of this source up to now. */
  #unknownSoFar(i: number): void {
    const pdp = Math.floor(this.updatedMs / STEP_MS);
    this.value[i] = 0;
    this.unknownSeconds[i] = (this.updatedMs - pdp * STEP_MS) / 1000;
    this.forms.forEach((form, f) => { this.#reset(f, i, pdp % form.pdpsPerRow); });
  }

  #reset(f: number, i: number, unknown: number): void {
    const preparation = this.preparations[f], n = this.sources.length, { min = -Infinity, max = Infinity } = this.sources[i] ?? {};
    if (!preparation) return;
    preparation.unknown[i] = unknown;
    this.forms[f]?.kinds.forEach((kind, k) => { preparation.value[k * n + i] = Math.min(max, Math.max(min, kind === 'AVERAGE' ? 0 : kind === 'MIN' ? Infinity : -Infinity)); });
  }

  #rate(i: number, reading: number, interval: number): number {
    switch (this.sources[i]?.type) {
      case 'derive': { const rate = (reading - (this.last[i] ?? NaN)) / interval; return rate < (this.sources[i]?.min ?? -Infinity) ? NaN : rate; }
      case 'absolute': return reading / interval;
      case 'gauge': case undefined: return reading;
    }
  }

  #add(i: number, rate: number, seconds: number): void {
    if (Number.isNaN(rate)) this.unknownSeconds[i] = (this.unknownSeconds[i] ?? 0) + seconds;
    else if (this.sources[i]?.type === 'derive') this.value[i] = (this.value[i] ?? 0) + rate * seconds;
    else this.value[i] = rate; // what was read is not spread over time
  }

  #pdp(i: number, seconds: number): number {
    const { type = 'gauge', min = -Infinity, max = Infinity } = this.sources[i] ?? {}, unknown = this.unknownSeconds[i] ?? 0, sum = this.value[i] ?? NaN;
    if (unknown > seconds / 2) return NaN;
    const value = type === 'derive' ? sum / (seconds - unknown) : sum;
    if (type === 'derive' && value > max && value < max * OVER_LIMIT) return max;
    return value < min || value > max ? NaN : value;
  }

  #consolidate(f: number, firstPdp: number, elapsed: number, emit: Emit): void {
    const form = this.forms[f], n = this.sources.length;
    if (!form) return;
    const size = form.pdpsPerRow, missing = size - firstPdp % size;
    this.#feed(f, form, Math.min(missing, elapsed));
    if (elapsed < missing) return;
    emit({ form: f, at: (firstPdp + missing) * STEP_SECONDS, values: this.#finish(f, form) });
    const whole = Math.floor((elapsed - missing) / size);
    // Rows that are unknown altogether are not written: what is not there is unknown.
    if (whole > 0 && this.pdps.some(pdp => !Number.isNaN(pdp))) {
      const values = new Float32Array(n * form.kinds.length);
      form.kinds.forEach((_, kind) => { values.set(this.pdps, kind * n); });
      for (let row = Math.max(1, whole - form.rows + 1); row <= whole; row++) emit({ form: f, at: (firstPdp + missing + row * size) * STEP_SECONDS, values });
    }
    for (let i = 0; i < n; i++) this.#reset(f, i, 0);
    this.#feed(f, form, (elapsed - missing) % size);
  }

  #feed(f: number, { pdpsPerRow, kinds }: Form, count: number): void {
    const preparation = this.preparations[f], n = this.sources.length;
    if (!preparation || count === 0) return;
    const { value, unknown } = preparation;
    for (let i = 0; i < n; i++) {
      const pdp = this.pdps[i] ?? NaN;
      if (Number.isNaN(pdp)) { unknown[i] = (unknown[i] ?? 0) + count; continue; }
      value[i] = (value[i] ?? 0) + pdp * count / pdpsPerRow;
      for (let k = 1; k < kinds.length; k++) value[k * n + i] = (kinds[k] === 'MIN' ? Math.min : Math.max)(value[k * n + i] ?? NaN, pdp);
    }
  }

  #finish(f: number, { pdpsPerRow, kinds }: Form): Float32Array {
    const preparation = this.preparations[f], n = this.sources.length, row = new Float32Array(n * kinds.length).fill(NaN);
    if (!preparation) return row;
    for (let i = 0; i < n; i++) {
      const unknown = preparation.unknown[i] ?? 0;
      if (unknown > UNKNOWN_PART_MAX * pdpsPerRow || unknown === pdpsPerRow) continue;
      row[i] = (preparation.value[i] ?? NaN) * (unknown === 0 ? 1 : pdpsPerRow / (pdpsPerRow - unknown));
      for (let k = 1; k < kinds.length; k++) row[k * n + i] = preparation.value[k * n + i] ?? NaN;
    }
    return row;
  }
}
