import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { lazy, Suspense, useMemo, useRef, useState } from 'react';
import type { MenuEntry } from '../ActionMenu';
import { type Column, DataTable } from '../DataTable';
import { MenuButton } from '../MenuButton';
import { isEmpty } from './frame';
import { useChartColours } from './palette';
import { saveFile } from '../save-file';
import { csvOf, pngOf } from './save';
import type { TimeChartProps } from './TimeChart';
import { momentText, unitText } from './units';

/** The library that draws is large: it comes with the first chart, or before, when the window has nothing to do. */
export const loadCharts = () => import('./TimeChart');
const TimeChart = lazy(loadCharts);

interface Props extends Omit<TimeChartProps, 'label' | 'heightPx'> {
  title: string;
  /** What it says when there is nothing to draw. */
  empty: string;
  /** Where a saved file comes from: stands in its name. */
  of: string;
  entries?: readonly MenuEntry[];
}
const CHART_PX = 190;
const PICTURE_PX = 600;
const SHOWN_AT_LAST = 3;
/** Older than so much it is not what is now. */
const NEWEST_AGE_S = 60;

/** A chart in a frame, with its newest values, as a picture or as a table, to be saved as either. */
export const ChartPanel = ({ title, empty, of, entries = [], ...chart }: Props) => {
  const { lines, frame, unit, toS } = chart;
  const colours = useChartColours();
  const box = useRef<HTMLDivElement>(null);
  const [asTable, setAsTable] = useState(false);
  const nothing = isEmpty(frame);
  const name = `${of} ${title}`;
  const why = nothing ? 'There is nothing to save.' : undefined;
  const saves: MenuEntry[] = [
    { id: 'table', label: asTable ? 'Show as a chart' : 'Show as a table', why: nothing ? 'There is nothing to show.' : undefined, run: () => { setAsTable(!asTable); } },
    { id: 'csv', label: 'Save as CSV…', why, run: () => { saveFile(`${name}.csv`, new Blob([csvOf(lines, frame)], { type: 'text/csv' })); } },
    { id: 'png', label: 'Save as picture…', why, run: () => { void pngOf(name, lines, chart, colours, box.current?.clientWidth ?? PICTURE_PX, CHART_PX).then(picture => { saveFile(`${name}.png`, picture); }); } },
  ];
  const old = toS - (frame.times.at(-1) ?? 0) > NEWEST_AGE_S;
  const newest = lines.slice(0, SHOWN_AT_LAST).map((_line, i) => unitText(frame.columns[i]?.at(-1) ?? Number.NaN, unit));
  return (
    <Paper variant="outlined" component="section" aria-label={title} sx={{ p: 1.5, minWidth: 0, display: 'flex', flexDirection: 'column', gap: 0.5 }}>
      <Box sx={{ display: 'flex', alignItems: 'baseline', gap: 1, minWidth: 0 }}>
        <Typography component="h3" variant="subtitle2" noWrap sx={{ flex: 'none', maxWidth: '60%' }}>{title}</Typography>
        <Typography variant="body2" noWrap sx={{ flex: 1, color: 'text.secondary', fontVariantNumeric: 'tabular-nums' }}>{nothing || old || lines.length > SHOWN_AT_LAST ? '' : lines.length === 1 ? newest[0] : lines.map((line, i) => `${line} ${newest[i] ?? ''}`).join(' · ')}</Typography>
        <MenuButton label={`More for ${title}`} groups={() => (entries.length > 0 ? [saves, entries] : [saves])} />
      </Box>
      <Box ref={box} sx={{ minHeight: CHART_PX }}>
        {nothing ? <Typography variant="body2" sx={{ color: 'text.secondary', height: CHART_PX, display: 'grid', placeItems: 'center', textAlign: 'center' }}>{empty}</Typography>
          : asTable ? <FrameTable label={`${title}, values`} {...chart} />
            : <Suspense fallback={<Box sx={{ height: CHART_PX }} aria-busy />}><TimeChart label={title} heightPx={CHART_PX} {...chart} /></Suspense>}
      </Box>
    </Paper>
  );
};

/** Newest first: for those who read, or have it read to them. */
const FrameTable = ({ label, lines, frame, unit }: Pick<TimeChartProps, 'label' | 'lines' | 'frame' | 'unit'>) => {
  const columns = useMemo<readonly Column[]>(() => [{ id: 'time', title: 'Time', track: '13em' }, ...lines.map((line, i) => ({ id: String(i), title: line, track: 'minmax(8em, 1fr)', align: 'right' as const }))], [lines]);
  const rows = useMemo(() => Array.from(frame.times, (_t, i) => String(frame.times.length - 1 - i)), [frame]);
  return (
    <Box sx={{ height: CHART_PX }}>
      <DataTable label={label} columns={columns} rows={rows}
        renderCell={(row, column) => <>{column === 'time' ? momentText(frame.times[Number(row)] ?? Number.NaN) : unitText(frame.columns[Number(column)]?.[Number(row)] ?? Number.NaN, unit)}</>} />
    </Box>
  );
};
