/* The stretch of time that charts show. */
import { durationText } from '../../ui/text';
import { momentText, tickText } from '../../ui/chart/units';

export const RANGES = [
  { id: '10min', title: '10 minutes', spanS: 600 }, { id: '2h', title: '2 hours', spanS: 7_200 }, { id: 'week', title: 'Week', spanS: 7 * 86_400 }, { id: 'year', title: 'Year', spanS: 366 * 86_400 },
] as const;
export type RangeId = (typeof RANGES)[number]['id'];
export interface OwnRange { fromS: number; toS: number }

export const rangeAt = (id: string, own: OwnRange | undefined, nowS: number): OwnRange => {
  const spanS = RANGES.find(range => range.id === id)?.spanS ?? RANGES[0].spanS;
  return own ?? { fromS: nowS - spanS, toS: nowS };
};
export const rangeText = ({ fromS, toS }: OwnRange): string => `${momentText(fromS)} to ${toS - fromS < 43_200 ? tickText(toS, 600) : momentText(toS)} (${durationText((toS - fromS) * 1000)})`;
/** Twice as long, around the same middle; not beyond now. */
export const wider = ({ fromS, toS }: OwnRange, nowS: number): OwnRange => {
  const spanS = Math.min((toS - fromS) * 2, 366 * 86_400);
  const end = Math.min(nowS, toS + (toS - fromS) / 2);
  return { fromS: end - spanS, toS: end };
};
