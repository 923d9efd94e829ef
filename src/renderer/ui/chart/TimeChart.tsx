import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { memo, useMemo, useState } from 'react';
import { CartesianGrid, Line, LineChart, ReferenceArea, ReferenceLine, Tooltip, XAxis, YAxis } from 'recharts';
import { downsample, type Frame } from './frame';
import { lineColour, lineDash, useChartColours } from './palette';
import { axisOf, momentText, tickText, type Unit, unitText } from './units';
import { useWidth } from './use-width';

export interface ChartEvent { timeS: number; text: string; /** Something went wrong. */ bad: boolean }
export interface TimeChartProps {
  label: string;
  /** What is in the columns of `frame`, in their order. */
  lines: readonly string[];
  frame: Frame;
  unit: Unit;
  fromS: number;
  toS: number;
  events: readonly ChartEvent[];
  heightPx: number;
  /** Charts of the same group show their cursors together. */
  group: string;
  /** A stretch that was chosen with the pointer. */
  onRange: (fromS: number, toS: number) => void;
}
interface Row { t: number; [line: `v${number}`]: number | null }

const AXIS_PX = 76;
const TIME_TICK_PX = 85;
/** A shorter stretch was a slip of the hand. */
const RANGE_MIN_S = 10;

/** Lines over time. Nothing moves by itself; what cannot be known is a gap. */
const TimeChart = memo(({ label, lines, frame, unit, fromS, toS, events, heightPx, group, onRange }: TimeChartProps) => {
  const colours = useChartColours();
  const { ref, width } = useWidth();
  const [pointed, setPointed] = useState(false);
  const [drag, setDrag] = useState<{ from: number; to: number } | undefined>(undefined);
  const rows = useMemo(() => rowsOf(downsample(frame, Math.max(2, width - AXIS_PX))), [frame, width]);
  const { top, ticks } = axisOf(frame.columns.reduce((most, column) => column.reduce((a, b) => (b > a ? b : a), most), 0), unit);
  const spanS = toS - fromS;
  const end = (): void => {
    setDrag(undefined);
    if (drag && Math.abs(drag.to - drag.from) >= RANGE_MIN_S) onRange(Math.min(drag.from, drag.to), Math.max(drag.from, drag.to));
  };
  const axis = { stroke: colours.grid, tick: { fill: colours.text, fontSize: 11 }, tickLine: false } as const;
  return (
    <Box ref={ref} role="img" aria-label={`${label}: ${summary(lines, frame, unit)}`} sx={{ width: '100%', minWidth: 0, userSelect: 'none', cursor: 'crosshair' }} onMouseEnter={() => { setPointed(true); }} onMouseLeave={() => { setPointed(false); setDrag(undefined); }}>
      <LineChart width={width} height={heightPx} data={rows} syncId={group} syncMethod="value" margin={{ top: 8, right: 12, bottom: 0, left: 0 }} accessibilityLayer={false}
        onMouseDown={({ activeLabel }) => { if (activeLabel !== undefined) setDrag({ from: Number(activeLabel), to: Number(activeLabel) }); }}
        onMouseMove={({ activeLabel }) => { if (drag && activeLabel !== undefined) setDrag({ ...drag, to: Number(activeLabel) }); }} onMouseUp={end}>
        <CartesianGrid stroke={colours.grid} vertical={false} />
        <XAxis dataKey="t" type="number" domain={[fromS, toS]} allowDataOverflow ticks={timeTicks(fromS, toS, Math.floor((width - AXIS_PX) / TIME_TICK_PX))} tickFormatter={(t: number) => tickText(t, spanS)} {...axis} />
        <YAxis domain={[0, top]} ticks={[...ticks]} width={AXIS_PX} tickFormatter={(value: number) => unitText(value, unit)} {...axis} />
        <Tooltip isAnimationActive={false} {...(!pointed && { position: { x: AXIS_PX + 4, y: 0 } })} cursor={{ stroke: colours.text, strokeDasharray: '3 3' }} content={({ active, payload, label: at }) => (active && at !== undefined && payload.length > 0
          ? <Cursor timeS={Number(at)} whole={pointed} lines={lines} values={lines.map((_line, i) => Number((payload[0]?.payload as Row | undefined)?.[`v${i}`] ?? Number.NaN))} unit={unit} />
          : null)} />
        {events.map(({ timeS, bad }, i) => <ReferenceLine key={`${timeS} ${i}`} x={timeS} stroke={bad ? colours.mark : colours.text} strokeDasharray="2 3" label={{ value: bad ? '▲' : '•', position: 'insideTop', fill: bad ? colours.mark : colours.text, fontSize: 11 }} />)}
        {lines.map((line, i) => <Line key={`${i} ${line}`} dataKey={`v${i}`} name={line} type="linear" stroke={lineColour(colours, i)} strokeDasharray={lineDash(i)} strokeWidth={1.75} dot={false} activeDot={{ r: 3 }} connectNulls={false} isAnimationActive={false} />)}
        {drag && drag.from !== drag.to && <ReferenceArea x1={drag.from} x2={drag.to} fill={lineColour(colours, 0)} fillOpacity={0.15} />}
      </LineChart>
      <Legend lines={lines} />
    </Box>
  );
});
TimeChart.displayName = 'TimeChart';
export default TimeChart;

const rowsOf = ({ times, columns }: Frame): Row[] => Array.from(times, (t, r) => {
  const row: Row = { t };
  columns.forEach((column, c) => { const value = column[r] ?? Number.NaN; row[`v${c}`] = Number.isFinite(value) ? value : null; });
  return row;
});

const NICE_S = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 2 * 86_400, 3 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400, 61 * 86_400, 122 * 86_400];
/** At round times of this computer's own zone. */
const timeTicks = (fromS: number, toS: number, most: number): number[] => {
  const wanted = (toS - fromS) / Math.max(1, most);
  const step = NICE_S.find(nice => nice >= wanted) ?? 122 * 86_400;
  const shift = new Date(toS * 1000).getTimezoneOffset() * 60;
  const ticks: number[] = [];
  for (let t = Math.ceil((fromS - shift) / step) * step + shift; t <= toS; t += step) ticks.push(t);
  return ticks;
};

const lastOf = (column: Float32Array): number => { for (let i = column.length - 1; i >= 0; i--) if (!Number.isNaN(column[i])) return column[i] ?? Number.NaN; return Number.NaN; };
/** What a picture says, for those who do not see it. */
const summary = (lines: readonly string[], { columns }: Frame, unit: Unit): string => lines.map((line, i) => {
  const known = (columns[i] ?? new Float32Array()).filter(value => !Number.isNaN(value));
  return known.length === 0 ? `${line} unknown` : `${line} ${unitText(lastOf(known), unit)} at last, ${unitText(Math.min(...known), unit)} to ${unitText(Math.max(...known), unit)}`;
}).join('; ');

/** Where the pointer is, all; in the other charts of its group the values alone, out of the way. */
const Cursor = ({ timeS, whole, lines, values, unit }: { timeS: number; whole: boolean; lines: readonly string[]; values: readonly number[]; unit: Unit }) => {
  const colours = useChartColours();
  if (!whole) {
    return <Box sx={{ bgcolor: 'background.paper', px: 0.5, typography: 'caption', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>{values.map((value, i) => <Box component="span" key={i} sx={{ color: lineColour(colours, i), mr: 1 }}>{unitText(value, unit)}</Box>)}</Box>;
  }
  return (
    <Box sx={{ bgcolor: 'background.paper', border: 1, borderColor: 'divider', borderRadius: 1, px: 1, py: 0.5, boxShadow: 2 }}>
      <Typography variant="caption" sx={{ color: 'text.secondary' }}>{momentText(timeS)}</Typography>
      {lines.map((line, i) => (
        <Box key={`${i} ${line}`} sx={{ display: 'flex', gap: 1, alignItems: 'center' }}>
          <Stroke index={i} colour={lineColour(colours, i)} />
          <Typography variant="caption" sx={{ flex: 1 }}>{line}</Typography>
          <Typography variant="caption" sx={{ fontVariantNumeric: 'tabular-nums' }}>{unitText(values[i] ?? Number.NaN, unit)}</Typography>
        </Box>
      ))}
    </Box>
  );
};

const Stroke = ({ index, colour }: { index: number; colour: string }) => <svg width={22} height={8} aria-hidden><line x1={0} x2={22} y1={4} y2={4} stroke={colour} strokeWidth={2} strokeDasharray={lineDash(index)} /></svg>;

const Legend = ({ lines }: { lines: readonly string[] }) => {
  const colours = useChartColours();
  if (lines.length < 2) return null;
  return (
    <Box aria-hidden sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 2, pl: `${AXIS_PX}px` }}>
      {lines.map((line, i) => <Box key={`${i} ${line}`} sx={{ display: 'flex', gap: 0.5, alignItems: 'center', minWidth: 0 }}><Stroke index={i} colour={lineColour(colours, i)} /><Typography variant="caption" noWrap>{line}</Typography></Box>)}
    </Box>
  );
};
