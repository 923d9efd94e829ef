import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { lineColour, lineDash, useChartColours } from './palette';
import type { ChartEvent, Pointed } from './plot';
import { momentText, type Unit, unitText } from './units';

interface Props {
  at: Pointed;
  /** The pointer is here, not in another chart of the group. */
  whole: boolean;
  lines: readonly string[];
  unit: Unit;
  events: readonly ChartEvent[];
  widthPx: number;
}
/** A host may have a hundred processors; a screen has no room for them. */
const LINES_MAX = 12;
const EVENTS_MAX = 3;
const AWAY_PX = 12;

/** Where the pointer is, all; in the other charts of its group the values alone. */
export const ChartCursor = ({ at: { timeS, values, leftPx, nearS }, whole, lines, unit, events, widthPx }: Props) => {
  const colours = useChartColours();
  const beside = { position: 'absolute', zIndex: 2, pointerEvents: 'none', ...(leftPx > widthPx / 2 ? { right: widthPx - leftPx + AWAY_PX } : { left: leftPx + AWAY_PX }) } as const;
  const rows = highest(values);
  if (!whole) {
    return <Box aria-hidden data-cursor="values" sx={{ ...beside, top: 0, display: 'flex', gap: 1, bgcolor: 'background.paper', px: 0.5, typography: 'caption', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>{rows.slice(0, 4).map(i => <Box component="span" key={i} sx={{ color: lineColour(colours, i) }}>{unitText(values[i] ?? Number.NaN, unit)}</Box>)}</Box>;
  }
  const near = events.filter(event => Math.abs(event.timeS - timeS) <= nearS).slice(0, EVENTS_MAX);
  return (
    <Box aria-hidden data-cursor="whole" sx={{ ...beside, top: 8, maxWidth: '26em', bgcolor: 'background.paper', border: 1, borderColor: 'divider', borderRadius: 1, px: 1, py: 0.5, boxShadow: 2 }}>
      <Typography variant="caption" component="div" sx={{ color: 'text.secondary', whiteSpace: 'nowrap' }}>{momentText(timeS)}</Typography>
      {rows.map(i => (
        <Box key={i} sx={{ display: 'flex', gap: 1, alignItems: 'center' }}>
          <Stroke index={i} colour={lineColour(colours, i)} />
          <Typography variant="caption" noWrap sx={{ flex: 1 }}>{lines[i]}</Typography>
          <Typography variant="caption" noWrap sx={{ flex: 'none', fontVariantNumeric: 'tabular-nums' }}>{unitText(values[i] ?? Number.NaN, unit)}</Typography>
        </Box>
      ))}
      {values.length > rows.length && <Typography variant="caption" component="div" sx={{ color: 'text.secondary' }}>and {values.length - rows.length} lower ones</Typography>}
      {near.map(({ text, bad }, i) => <Typography key={i} variant="caption" component="div" noWrap sx={{ color: bad ? 'error.main' : 'text.secondary' }}>{bad ? '▲' : '•'} {text}</Typography>)}
    </Box>
  );
};

/** In the order of the lines; of too many the highest. */
const highest = (values: readonly number[]): readonly number[] => {
  const all = values.map((_value, i) => i);
  const high = (i: number): number => { const value = values[i] ?? Number.NaN; return Number.isNaN(value) ? -Infinity : value; };
  return all.length <= LINES_MAX ? all : all.sort((a, b) => high(b) - high(a)).slice(0, LINES_MAX);
};

const Stroke = ({ index, colour }: { index: number; colour: string }) => <svg width={22} height={8} aria-hidden style={{ flex: 'none' }}><line x1={0} x2={22} y1={4} y2={4} stroke={colour} strokeWidth={2} strokeDasharray={lineDash(index)} /></svg>;

export const ChartLegend = ({ lines, indentPx }: { lines: readonly string[]; indentPx: number }) => {
  const colours = useChartColours();
  if (lines.length < 2) return null;
  return (
    <Box aria-hidden sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 2, pl: `${indentPx}px` }}>
      {lines.map((line, i) => <Box key={`${i} ${line}`} sx={{ display: 'flex', gap: 0.5, alignItems: 'center', minWidth: 0 }}><Stroke index={i} colour={lineColour(colours, i)} /><Typography variant="caption" noWrap>{line}</Typography></Box>)}
    </Box>
  );
};
