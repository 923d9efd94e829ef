import type { Disposable } from '../../../shared/lib/emitter';
import type { Log } from '../../platform/log';
import { followProgram } from '../../platform/follow-program';
import { isHeading, readSamples } from './parse';
import type { Sample } from './parse';

/* What the domains do, from one `xentop` that runs as long as the service: no process for each look. It counts a domain's CPU time in whole seconds but says
 * how busy it was since the last look in tenths of a percent: the time is added up from that, and never leaves the whole seconds. */

const EVERY_S = 5;

interface Known { sample: Sample; cpuSeconds: number }

export class Top implements Disposable {
  readonly #looked: (pausedNames: ReadonlySet<string>) => void;
  readonly #program: Disposable;
  readonly #known = new Map<string, Known>();
  #lines: string[] = [];

  constructor(log: Log, looked: (pausedNames: ReadonlySet<string>) => void, binary = 'xentop') {
    this.#looked = looked;
    this.#program = followProgram(binary, ['-b', '-f', '-x', '-d', String(EVERY_S)], { log, onLine: line => { this.#hear(line); } });
  }

  /** Undefined: it has not been looked at yet. */
  of(name: string): Known | undefined { return this.#known.get(name); }
  dispose(): void { this.#program.dispose(); }

  /** A heading begins another look; the one before is whole then. */
  #hear(line: string): void {
    if (!isHeading(line)) { this.#lines.push(line); return; }
    const samples = readSamples(this.#lines);
    this.#lines = [];
    if (samples.length === 0) return;
    for (const sample of samples) this.#known.set(sample.name, { sample, cpuSeconds: addedUp(this.#known.get(sample.name), sample) });
    for (const name of this.#known.keys()) if (!samples.some(sample => sample.name === name)) this.#known.delete(name);
    this.#looked(new Set(samples.filter(({ isPaused }) => isPaused).map(({ name }) => name)));
  }
}

/** Between what the whole seconds allow: they are cut off. */
export const addedUp = (before: Known | undefined, { cpuSeconds, cpuPercent }: Pick<Sample, 'cpuSeconds' | 'cpuPercent'>): number => {
  if (before === undefined || cpuSeconds < before.sample.cpuSeconds) return cpuSeconds;
  return Math.max(cpuSeconds, Math.min(before.cpuSeconds + cpuPercent / 100 * EVERY_S, cpuSeconds + 1));
};
