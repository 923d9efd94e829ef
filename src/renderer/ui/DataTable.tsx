import Box from '@mui/material/Box';
import ButtonBase from '@mui/material/ButtonBase';
import { type ReactNode, useRef } from 'react';
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
  onOpen?: (row: string) => void
  onMenu?: (row: string, at: { x: number; y: number }) => void
}
const ROW_HEIGHT_PX = 32;
const OVERSCAN_ROWS = 10;
const HEADER_TEXT = { typography: 'caption', fontWeight: 600, color: 'text.secondary', whiteSpace: 'nowrap' };
const CELL_TEXT = { typography: 'body2', minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' };

/** A table of any length; only the rows in view exist. Fills its box and scrolls both ways in it. */
export const DataTable = ({ label, columns, rows, renderCell, sort, onSort, onOpen, onMenu }: Props) => {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualRows({
    count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW_HEIGHT_PX, overscan: OVERSCAN_ROWS,
  });
  const grid = {
    display: 'grid', gridTemplateColumns: columns.map(column => column.track).join(' '), alignItems: 'center',
    columnGap: 2, px: 1.5, height: ROW_HEIGHT_PX, width: '100%', minWidth: widthOf(columns),
  };
  return (
    // A scrolling region must be reachable by the keyboard.
     
    <Box ref={box} tabIndex={0} sx={{ overflow: 'auto', height: '100%', maxHeight: '100%', border: 1, borderColor: 'divider', borderRadius: 1, bgcolor: 'background.paper' }}>
      <Box role="table" aria-label={label} aria-rowcount={rows.length + 1} sx={{ minWidth: widthOf(columns) }}>
        <Box role="rowgroup" sx={{ position: 'sticky', top: 0, zIndex: 1, bgcolor: 'background.paper', borderBottom: 1, borderColor: 'divider' }}>
          <Box role="row" aria-rowindex={1} sx={grid}>
            {columns.map(column => (
              <Box key={column.id} role="columnheader" aria-sort={sort?.column === column.id ? (sort.descending ? 'descending' : 'ascending') : undefined} sx={{ ...HEADER_TEXT, textAlign: column.align }}>
                {column.sortable && onSort ? <HeadButton column={column} sort={sort} onSort={onSort} /> : column.title}
              </Box>
            ))}
          </Box>
        </Box>
        <Box role="rowgroup" sx={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(item => {
            const row = rows[item.index];
            return row !== undefined && (
              // The cell with the link is what the keyboard reaches; the row only widens the pointer's target.
              <Box key={row} role="row" aria-rowindex={item.index + 2}
                sx={{ ...grid, position: 'absolute', top: 0, left: 0, transform: `translateY(${item.start}px)`, '&:hover': { bgcolor: 'action.hover' } }}
                onDoubleClick={() => onOpen?.(row)}
                onContextMenu={event => { if (onMenu) { event.preventDefault(); onMenu(row, { x: event.clientX, y: event.clientY }); } }}>
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

const HeadButton = ({ column, sort, onSort }: { column: Column; sort: Sort | undefined; onSort: (column: string, descendsFirst: boolean) => void }) => (
  <ButtonBase sx={{ font: 'inherit', gap: 0.25, flexDirection: column.align === 'right' ? 'row-reverse' : 'row' }} onClick={() => { onSort(column.id, column.descendsFirst === true); }}>
    {column.title}
    <Box component="span" aria-hidden sx={{ width: '0.9em', textAlign: 'center' }}>{sort?.column === column.id ? (sort.descending ? '▾' : '▴') : ''}</Box>
  </ButtonBase>
);

/** What all columns need at least, with gaps and padding: every row is as wide as the head, whatever stands in it. */
const widthOf = (columns: readonly Column[]): string =>
  `calc(${columns.map(({ track }) => /^minmax\(([^,]+),/.exec(track)?.[1] ?? track).join(' + ')} + ${(columns.length - 1) * 16 + 24}px)`;
