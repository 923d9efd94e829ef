import Box from '@mui/material/Box';
import { lineColour, useChartColours } from './palette';

interface Props { values: ArrayLike<number>; /** What is as high as the picture. */ top: number; widthPx?: number; heightPx?: number }
const WIDTH_PX = 56;
const HEIGHT_PX = 18;

/** The course of a value as small as a word: beside its figure, which says the same to those who do not see it. */
export const Spark = ({ values, top, widthPx = WIDTH_PX, heightPx = HEIGHT_PX }: Props) => {
  const colour = lineColour(useChartColours(), 0);
  const runs = runsOf(values, top > 0 ? top : 1, widthPx, heightPx);
  return (
    <Box component="svg" aria-hidden width={widthPx} height={heightPx} viewBox={`0 0 ${widthPx} ${heightPx}`} data-spark={runs.length} sx={{ flex: 'none', display: 'block', borderBottom: 1, borderColor: 'divider' }}>
      {runs.map(({ line, from, to }) => (
        <g key={from}>
          <path d={`M${from},${heightPx}L${line}L${to},${heightPx}Z`} fill={colour} fillOpacity={0.18} />
          <path d={`M${line}`} fill="none" stroke={colour} strokeWidth={1.2} />
        </g>
      ))}
    </Box>
  );
};

interface Run { line: string; from: number; to: number }
/** Stretches without a gap, as `x,y x,y`. */
export const runsOf = (values: ArrayLike<number>, top: number, width: number, height: number): readonly Run[] => {
  const runs: Run[] = [];
  let open: { points: string[]; from: number; to: number } | undefined;
  const round = (value: number): number => Math.round(value * 10) / 10;
  const close = (): void => { if (open) runs.push({ line: open.points.join(' '), from: open.from, to: open.to }); open = undefined; };
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isNaN(value)) { close(); continue; }
    const x = round((i / Math.max(1, values.length - 1)) * width);
    const y = round(height - Math.min(1, Math.max(0, value / top)) * (height - 1));
    open ??= { points: [], from: x, to: x };
    open.points.push(`${x},${y}`);
    open.to = x;
  }
  close();
  return runs;
};
