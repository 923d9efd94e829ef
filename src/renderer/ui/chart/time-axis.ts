/* Where the lines of a time axis stand. */

const NICE_S = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 2 * 86_400, 3 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400, 61 * 86_400, 122 * 86_400];

/** At round times of this computer's own zone. */
export const timeTicks = (fromS: number, toS: number, most: number): number[] => {
  const wanted = (toS - fromS) / Math.max(1, most);
  const step = NICE_S.find(nice => nice >= wanted) ?? 122 * 86_400;
  const shift = new Date(toS * 1000).getTimezoneOffset() * 60;
  const ticks: number[] = [];
  for (let t = Math.ceil((fromS - shift) / step) * step + shift; t <= toS; t += step) ticks.push(t);
  return ticks;
};
