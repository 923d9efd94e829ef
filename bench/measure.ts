import fs from 'node:fs';

/** Figures of one contender: milliseconds, or whatever `unit` says. */
export interface Row { name: string; values: readonly number[]; unit?: string }

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
};

const number = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1));

/** Prints min / median / max of each contender and the ratio of the medians to the first one, as a Markdown table. */
export const report = (title: string, rows: readonly Row[]): void => {
  const load = fs.readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ');
  console.log(`\n## ${title}\n\nload ${load}, n = ${rows[0]?.values.length ?? 0}\n`);
  console.log('| contender | min | median | max | ratio |\n|---|---|---|---|---|');
  const base = median(rows[0]?.values ?? []);
  for (const { name, values, unit = 'ms' } of rows) {
    console.log(`| ${name} | ${number(Math.min(...values))} | ${number(median(values))} | ${number(Math.max(...values))} ${unit} | ${(median(values) / base).toFixed(2)} |`);
  }
};

/** Runs every contender `rounds` times, in turn, so that a drifting machine hits all alike; a first round is not counted. */
export const inTurn = async (rounds: number, contenders: Readonly<Record<string, () => Promise<number>>>): Promise<Record<string, number[]>> => {
  const figures: Record<string, number[]> = Object.fromEntries(Object.keys(contenders).map(name => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const value = await run();
      if (round > 0) figures[name]?.push(value);
    }
  }
  return figures;
};

/** Resident memory of one process, MiB. */
export const residentMib = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const TICKS_A_SECOND = 100;
/** Seconds of CPU that a process has used, with those of its children that have ended. */
export const cpuOf = (pid: number): number => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ').slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_A_SECOND;
