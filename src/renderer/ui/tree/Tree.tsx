import Box from '@mui/material/Box';
import { defaultRangeExtractor, type Range } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useRef } from 'react';
import { howOf, type MarkHow } from '../marks';
import { treeMove, type TreeRow, TYPE_AHEAD_PAUSE_MS, typeAhead } from './tree-keys';
import { useVirtualRows } from '../virtual-rows';
import { TreeRowBox } from './TreeRowBox';

/* A flat, virtualised tree: only the rows in view exist. The keyboard stays on the tree itself (aria-activedescendant),
 * so that scrolling a row away never loses the focus. */

export interface TreeProps {
  label: string;
  rows: readonly TreeRow[];
  /** Where the keyboard is. */
  selected: string | undefined;
  /** All that is chosen; undefined: one at a time. */
  marked?: ReadonlySet<string>;
  /** What is written in the row; also its accessible name. */
  textOf: (id: string) => string
  /** What stands in the row. An element with `stateId` describes the row's state to a screen reader, one with `<stateId>-alert` what is wrong with it. */
  renderRow: (id: string, stateId: string) => ReactNode
  onSelect: (id: string, by: 'pointer' | 'keyboard', how: MarkHow) => void
  /** Ctrl+A. */
  onSelectAll?: () => void
  onToggle: (id: string, expanded: boolean) => void
  /** Enter or a double click. */
  onActivate: (id: string) => void
  onMenu: (id: string, at: { x: number; y: number }) => void
}

const ROW_HEIGHT_PX = 28;
const OVERSCAN_ROWS = 8;

export const Tree = (props: TreeProps) => {
  const { label, rows, selected, textOf, onSelect, onToggle, onActivate, onMenu } = props;
  const marked = props.marked ?? new Set(selected === undefined ? [] : [selected]);
  const box = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: '', at: 0 });
  const selectedIndex = rows.findIndex(row => row.id === selected);
  const virtual = useVirtualRows({
    count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW_HEIGHT_PX, overscan: OVERSCAN_ROWS,
    getItemKey: index => rows[index]?.id ?? index,
    rangeExtractor: range => withRow(range, selectedIndex),
  });
  const showSelected = useRef(() => undefined as void);
  useEffect(() => { showSelected.current = () => { if (selectedIndex >= 0) virtual.scrollToIndex(selectedIndex); }; });
  // Only a new selection scrolls, never a changed list.
  useEffect(() => { showSelected.current(); }, [selected]);

  const placeOf = (id: string): { x: number; y: number } => {
    const rect = document.getElementById(rowId(id))?.getBoundingClientRect() ?? box.current?.getBoundingClientRect();
    return { x: (rect?.left ?? 0) + 48, y: rect?.bottom ?? 0 };
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'a' && props.onSelectAll) { event.preventDefault(); props.onSelectAll(); return; }
    if (event.ctrlKey && event.key === ' ' && selected !== undefined) { event.preventDefault(); onSelect(selected, 'keyboard', 'toggle'); return; }
    const pageRows = Math.max(1, Math.floor((box.current?.clientHeight ?? ROW_HEIGHT_PX) / ROW_HEIGHT_PX) - 1);
    const move = treeMove(rows, selected, event, pageRows);
    if (!move) { type(event); return; }
    event.preventDefault();
    if ('to' in move) onSelect(move.to, 'keyboard', event.shiftKey ? 'range' : 'only');
    else if ('expand' in move) onToggle(move.expand, true);
    else if ('collapse' in move) onToggle(move.collapse, false);
    else if ('activate' in move) onActivate(move.activate);
    else onMenu(move.menu, placeOf(move.menu));
  };
  const type = (event: KeyboardEvent): void => {
    if (event.key.length !== 1 || event.ctrlKey || event.altKey || event.metaKey || (event.key === ' ' && typed.current.text === '')) return;
    const now = event.timeStamp;
    typed.current = { text: now - typed.current.at < TYPE_AHEAD_PAUSE_MS ? typed.current.text + event.key : event.key, at: now };
    const found = typeAhead(rows, textOf, selected, typed.current.text);
    event.preventDefault();
    if (found !== undefined) onSelect(found, 'keyboard', 'only');
  };

  return (
    <Box ref={box} role="tree" aria-label={label} aria-multiselectable={props.marked !== undefined} tabIndex={0} onKeyDown={onKeyDown}
      aria-activedescendant={selectedIndex >= 0 && selected !== undefined ? rowId(selected) : undefined}
      onFocus={() => { if (selectedIndex < 0 && rows[0]) onSelect(rows[0].id, 'keyboard', 'only'); }}
      sx={{ height: '100%', overflow: 'auto', outline: 'none', '&:focus-visible [aria-selected=true]': { outline: '2px solid', outlineColor: 'primary.main', outlineOffset: -2 } }}>
      <Box role="presentation" sx={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(item => {
          const row = rows[item.index];
          return row && (
            <TreeRowBox key={row.id} id={rowId(row.id)} row={row} top={item.start} height={ROW_HEIGHT_PX} name={textOf(row.id)} selected={marked.has(row.id)}
              onClick={event => { onSelect(row.id, 'pointer', howOf(event)); }} onDoubleClick={() => { onActivate(row.id); }} onToggle={expanded => { onToggle(row.id, expanded); }}
              onContextMenu={(event: MouseEvent) => { event.preventDefault(); if (!marked.has(row.id)) onSelect(row.id, 'keyboard', 'only'); onMenu(row.id, { x: event.clientX, y: event.clientY }); }}>
              {props.renderRow(row.id, `${rowId(row.id)}-state`)}
            </TreeRowBox>
          );
        })}
      </Box>
    </Box>
  );
};

const rowId = (id: string): string => `row ${id}`.replaceAll(/[^\w-]/g, '_');

/** The selected row stays in the document, in view or not: the keyboard's place must exist. */
const withRow = (range: Range, index: number): number[] => {
  const indexes = defaultRangeExtractor(range);
  if (index < 0 || indexes.includes(index)) return indexes;
  return index < (indexes[0] ?? 0) ? [index, ...indexes] : [...indexes, index];
};
