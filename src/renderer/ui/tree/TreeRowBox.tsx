import ChevronRight from '@mui/icons-material/ChevronRight';
import Box from '@mui/material/Box';
import type { MouseEvent, ReactNode } from 'react';
import { MARKED_GROUND } from '../marks';
import type { TreeRow } from './tree-keys';

interface Props {
  id: string; row: TreeRow; name: string; top: number; height: number; selected: boolean; children: ReactNode;
  onClick: (event: MouseEvent) => void; onDoubleClick: () => void; onToggle: (expanded: boolean) => void; onContextMenu: (event: MouseEvent) => void;
}
const INDENT_PX = 16;

/** One row: its place, its indent, the arrow. What stands in it is the caller's. */
export const TreeRowBox = ({ id, row, name, top, height, selected, children, onClick, onDoubleClick, onToggle, onContextMenu }: Props) => (
  // The keyboard is handled by the tree, which has the focus.
  <Box id={id} role="treeitem" aria-label={name} aria-describedby={`${id}-state ${id}-state-alert`} aria-level={row.level} aria-posinset={row.position} aria-setsize={row.siblings}
    aria-selected={selected}
    aria-expanded={row.expanded} onClick={onClick} onDoubleClick={onDoubleClick} onContextMenu={onContextMenu}
    sx={{
      position: 'absolute', top: 0, left: 0, minWidth: '100%', width: 'max-content', maxWidth: 'max(100%, 40em)', height, transform: `translateY(${top}px)`, display: 'flex', alignItems: 'center',
      pl: `${4 + (row.level - 1) * INDENT_PX}px`, pr: 1, cursor: 'default', userSelect: 'none', whiteSpace: 'nowrap',
      bgcolor: selected ? MARKED_GROUND : undefined, '&:hover': { bgcolor: selected ? MARKED_GROUND : 'action.hover' },
    }}>
    <Box aria-hidden sx={{ width: 20, flex: 'none', display: 'flex', color: 'text.secondary' }}
      onClick={event => { if (row.expanded !== undefined) { event.stopPropagation(); onToggle(!row.expanded); } }}
      onDoubleClick={event => { event.stopPropagation(); }}>
      {row.expanded !== undefined && <ChevronRight sx={{ fontSize: 20, transform: row.expanded ? 'rotate(90deg)' : undefined }} />}
    </Box>
    {children}
  </Box>
);
