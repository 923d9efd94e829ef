import Box from '@mui/material/Box';
import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { ChartCursor, ChartLegend } from './ChartWords';
import type { Frame } from './frame';
import { useChartColours } from './palette';
import { AXIS_PX, type ChartEvent, makePlot, type Plot, type Pointed } from './plot';
import { type Unit, unitText } from './units';
import { useWidth } from './use-width';

export type { ChartEvent } from './plot';
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

/** Of uPlot's style sheet what is used here, in the colours of the theme. */
const PLOT_STYLE = {
  '& .u-wrap': { position: 'relative' }, '& .u-over, & .u-under, & .u-axis': { position: 'absolute' }, '& .u-under': { overflow: 'hidden' }, '& canvas': { display: 'block', position: 'relative', width: '100%', height: '100%' },
  '& .u-select': { position: 'absolute', pointerEvents: 'none', bgcolor: 'primary.main', opacity: 0.2 }, '& .u-cursor-x': { position: 'absolute', left: 0, top: 0, height: '100%', pointerEvents: 'none', borderRight: '1px dashed', borderColor: 'text.secondary' },
  '& .u-cursor-pt': { position: 'absolute', left: 0, top: 0, borderRadius: '50%', border: 0, pointerEvents: 'none' }, '& .u-off': { display: 'none' },
} as const;

/** Lines over time. Nothing moves by itself; what cannot be known is a gap. */
const TimeChart = memo(({ label, lines, frame, unit, fromS, toS, events, heightPx, group, onRange }: TimeChartProps) => {
  const colours = useChartColours();
  const { ref, width } = useWidth();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(undefined);
  const choose = useRef(onRange);
  const [at, setAt] = useState<Pointed | undefined>(undefined);
  const [over, setOver] = useState(false);
  const count = lines.length;
  useEffect(() => { choose.current = onRange; }, [onRange]);
  useLayoutEffect(() => {
    const here = place.current;
    if (!here) return undefined;
    const made = makePlot(here, { lines: count, colours, heightPx, group }, {
      drawn: () => { here.dataset['drawn'] = String(count); }, pointed: setAt, range: (from, to) => { choose.current(from, to); },
    });
    plot.current = made;
    return () => { made.dispose(); plot.current = undefined; };
  }, [count, colours, heightPx, group]);
  useLayoutEffect(() => { plot.current?.show({ frame, unit, fromS, toS, events }, width); }, [count, colours, heightPx, group, frame, unit, fromS, toS, events, width]);
  return (
    <Box ref={ref} role="img" aria-label={`${label}: ${summary(lines, frame, unit)}`} sx={{ position: 'relative', width: '100%', minWidth: 0, userSelect: 'none', cursor: 'crosshair', ...PLOT_STYLE }} onMouseEnter={() => { setOver(true); }} onMouseLeave={() => { setOver(false); }}>
      <Box ref={place} sx={{ height: heightPx }} />
      {at && <ChartCursor at={at} whole={over} lines={lines} unit={unit} events={events} widthPx={width} />}
      <ChartLegend lines={lines} indentPx={AXIS_PX} />
    </Box>
  );
});
TimeChart.displayName = 'TimeChart';
export default TimeChart;

const lastOf = (column: Float32Array): number => { for (let i = column.length - 1; i >= 0; i--) if (!Number.isNaN(column[i])) return column[i] ?? Number.NaN; return Number.NaN; };
/** What a picture says, for those who do not see it. */
const summary = (lines: readonly string[], { columns }: Frame, unit: Unit): string => lines.map((line, i) => {
  const known = (columns[i] ?? new Float32Array()).filter(value => !Number.isNaN(value));
  return known.length === 0 ? `${line} unknown` : `${line} ${unitText(lastOf(known), unit)} at last, ${unitText(Math.min(...known), unit)} to ${unitText(Math.max(...known), unit)}`;
}).join('; ');
