import Box from '@mui/material/Box';
import ButtonBase from '@mui/material/ButtonBase';
import Checkbox from '@mui/material/Checkbox';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useRef } from 'react';
import { howOf, mark, type Marks, MARKED_GROUND, onlyMarked } from './marks';
import type { Sort } from './sorting';
import { useVirtualRows } from './virtual-rows';

export interface Column { id: string; title: string; /** A CSS grid track, such as `minmax(8em, 2fr)`. */ track: string; align?: 'right'; sortable?: boolean; /** Sorted by it, the greatest is what is looked for. */ descendsFirst?: boolean }
interface Props {
  label: string;
  columns: readonly Column[];
  rows: readonly string[];
  renderCell: (row: string, column: string) => ReactNode
  /** How `rows` are sorted; a click on the head of a sortable column asks for another order. */
  sort?: Sort | undefined;
  onSort?: (column: string, descendsFirst: boolean) => void
  /** Several can be chosen. */
  marks?: Marks;
  onMarks?: (marks: Marks) => void
  /** A row that is a heading over those that follow, and what stands in it. */
  headingOf?: (row: string) => string | undefined
  /** In CSS pixels, of the columns that a person has drawn wider or narrower. */
  widths?: Readonly<Record<string, number>>;
  onWidth?: (column: string, width: number) => void
  onOpen?: (row: string) => void
  onMenu?: (row: string, at: { x: number; y: number }) => void
}
const ROW_HEIGHT_PX = 32;
const OVERSCAN_ROWS = 10;
const MARK_TRACK = '24px';
const NO_WIDTHS: Readonly<Record<string, number>> = {};
const HEADING = { position: 'absolute', top: 0, left: 0, typography: 'body2', fontWeight: 600, bgcolor: 'action.hover' };
const HEADER_TEXT = { typography: 'caption', fontWeight: 600, color: 'text.secondary', whiteSpace: 'nowrap' };
const CELL_TEXT = { typography: 'body2', minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' };

/** A table of any length; only the rows in view exist. Fills its box and scrolls both ways in it. */
export const DataTable = ({ label, columns: all, rows, renderCell, sort, onSort, marks, onMarks, headingOf, widths = NO_WIDTHS, onWidth, onOpen, onMenu }: Props) => {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualRows({
    count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW_HEIGHT_PX, overscan: OVERSCAN_ROWS,
  });
  const columns = all.map(column => { const width = widths[column.id]; return width === undefined ? column : { ...column, track: `${width}px` }; });
  const plain = headingOf ? rows.filter(row => headingOf(row) === undefined) : rows, isAll = marks !== undefined && plain.length > 0 && plain.every(row => marks.marked.has(row));
  const markAll = (on: boolean): void => { onMarks?.(on ? { ...onlyMarked(plain[0]), marked: new Set(plain) } : onlyMarked(undefined)); };
  const click = (event: MouseEvent, row: string): void => {
    if (!marks || !onMarks || (event.target instanceof Element && event.target.closest('button, a, input') !== null)) return;
    onMarks(mark(plain, marks, row, howOf(event)));
  };
  const press = (event: KeyboardEvent): void => {
    if (!onMarks || event.target !== box.current || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'a') return;
    event.preventDefault();
    markAll(true);
  };
  const grid = {
    display: 'grid', gridTemplateColumns: [...(marks ? [MARK_TRACK] : []), ...columns.map(column => column.track)].join(' '), alignItems: 'center',
    columnGap: 2, px: 1.5, height: ROW_HEIGHT_PX, width: '100%', minWidth: widthOf(columns, marks !== undefined),
  };
  return (
    // A scrolling region must be reachable by the keyboard.
    <Box ref={box} tabIndex={0} onKeyDown={press} sx={{ overflow: 'auto', height: '100%', maxHeight: '100%', border: 1, borderColor: 'divider', borderRadius: 1, bgcolor: 'background.paper' }}>
      <Box role="table" aria-label={label} aria-rowcount={rows.length + 1} sx={{ minWidth: widthOf(columns, marks !== undefined) }}>
        <Box role="rowgroup" sx={{ position: 'sticky', top: 0, zIndex: 1, bgcolor: 'background.paper', borderBottom: 1, borderColor: 'divider' }}>
          <Box role="row" aria-rowindex={1} sx={grid}>
            {marks && <Box role="columnheader"><Checkbox size="small" checked={isAll} indeterminate={!isAll && marks.marked.size > 0} onChange={(_event, on) => { markAll(on); }} sx={{ p: 0 }} slotProps={{ input: { 'aria-label': 'Mark all' } }} /></Box>}
            {columns.map(column => (
              <Box key={column.id} role="columnheader" aria-sort={sort?.column === column.id ? (sort.descending ? 'descending' : 'ascending') : undefined} sx={{ ...HEADER_TEXT, textAlign: column.align, position: 'relative' }}>
                {column.sortable && onSort ? <HeadButton column={column} sort={sort} onSort={onSort} /> : column.title}
                {onWidth && <WidthHandle title={column.title} width={widths[column.id]} onWidth={width => { onWidth(column.id, width); }} />}
              </Box>
            ))}
          </Box>
        </Box>
        <Box role="rowgroup" sx={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(item => {
            const row = rows[item.index], heading = row === undefined ? undefined : headingOf?.(row);
            if (row !== undefined && heading !== undefined) {
              return (
                <Box key={row} role="row" aria-rowindex={item.index + 2} sx={{ ...grid, ...HEADING, transform: `translateY(${item.start}px)` }}>
                  <Box role="cell" aria-colspan={columns.length} sx={{ gridColumn: '1 / -1' }}>{heading}</Box>
                </Box>
              );
            }
            return row !== undefined && (
              // The cell with the link is what the keyboard reaches; the row only widens the pointer's target.
              <Box key={row} role="row" aria-rowindex={item.index + 2} aria-selected={marks?.marked.has(row)} onClick={event => { click(event, row); }}
                sx={{ ...grid, position: 'absolute', top: 0, left: 0, transform: `translateY(${item.start}px)`, bgcolor: marks?.marked.has(row) ? MARKED_GROUND : undefined, '&:hover': { bgcolor: marks?.marked.has(row) ? MARKED_GROUND : 'action.hover' } }}
                onDoubleClick={() => onOpen?.(row)}
                onContextMenu={event => { if (onMenu) { event.preventDefault(); onMenu(row, { x: event.clientX, y: event.clientY }); } }}>
                {marks && <Box role="cell"><Checkbox size="small" checked={marks.marked.has(row)} onChange={() => { onMarks?.(mark(plain, marks, row, 'toggle')); }} sx={{ p: 0 }} slotProps={{ input: { 'aria-label': 'Mark this row' } }} /></Box>}
                {columns.map(column => (
                  <Box key={column.id} role="cell" sx={{ ...CELL_TEXT, textAlign: column.align }}>{renderCell(row, column.id)}</Box>
                ))}
              </Box>
            );
          })}
        </Box>
      </Box>
    </Box>
  );
};

const COLUMN_MIN_PX = 48, STEP_PX = 16;
/** The edge of a column's head: drawn by the pointer, or moved by the arrow keys. */
const WidthHandle = ({ title, width, onWidth }: { title: string; width: number | undefined; onWidth: (width: number) => void }) => {
  const edge = useRef<HTMLDivElement>(null);
  const now = (): number => edge.current?.parentElement?.getBoundingClientRect().width ?? COLUMN_MIN_PX;
  const set = (width: number): void => { onWidth(Math.max(COLUMN_MIN_PX, Math.round(width))); };
  return (
    <Box ref={edge} role="separator" aria-orientation="vertical" aria-label={`Width of ${title}`} aria-valuenow={width ?? 0} aria-valuetext={width === undefined ? 'by itself' : `${width} pixels`} tabIndex={0}
      onKeyDown={event => { const by = event.key === 'ArrowRight' ? STEP_PX : event.key === 'ArrowLeft' ? -STEP_PX : 0; if (by !== 0) { event.preventDefault(); set(now() + by); } }}
      onPointerDown={event => {
        const from = event.clientX - now(), { currentTarget: handle } = event;
        event.preventDefault();
        handle.setPointerCapture(event.pointerId);
        handle.onpointermove = move => { set(move.clientX - from); };
        handle.onpointerup = () => { handle.onpointermove = null; };
      }}
      sx={{ position: 'absolute', top: -4, bottom: -4, right: -10, width: 8, cursor: 'col-resize', borderRight: 1, borderColor: 'transparent', '&:hover, &:focus-visible': { borderColor: 'primary.main', outline: 'none' } }} />
  );
};

const HeadButton = ({ column, sort, onSort }: { column: Column; sort: Sort | undefined; onSort: (column: string, descendsFirst: boolean) => void }) => (
  <ButtonBase sx={{ font: 'inherit', gap: 0.25, flexDirection: column.align === 'right' ? 'row-reverse' : 'row' }} onClick={() => { onSort(column.id, column.descendsFirst === true); }}>
    {column.title}
    <Box component="span" aria-hidden sx={{ width: '0.9em', textAlign: 'center' }}>{sort?.column === column.id ? (sort.descending ? '▾' : '▴') : ''}</Box>
  </ButtonBase>
);

/** What all columns need at least, with gaps and padding: every row is as wide as the head, whatever stands in it. */
const widthOf = (columns: readonly Column[], marked: boolean): string =>
  `calc(${[...(marked ? [MARK_TRACK] : []), ...columns.map(({ track }) => /^minmax\(([^,]+),/.exec(track)?.[1] ?? track)].join(' + ')} + ${(columns.length - (marked ? 0 : 1)) * 16 + 24}px)`;
