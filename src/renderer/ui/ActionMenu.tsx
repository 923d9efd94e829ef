import Divider from '@mui/material/Divider';
import ListItemIcon from '@mui/material/ListItemIcon';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Check from '@mui/icons-material/Check';
import type { Icon } from './icon';
import Typography from '@mui/material/Typography';

export interface MenuEntry { id: string; label: string; icon?: Icon; why: string | undefined; danger?: boolean; shortcut?: string; /** One of several ways, or a switch. */ checked?: boolean; run: () => void }
interface Props { label: string; at: { x: number; y: number }; groups: readonly (readonly MenuEntry[])[]; onClose: () => void }

/** A menu at a point. What cannot be done stays readable, with the reason under it, which is read out with its name. */
export const ActionMenu = ({ label, at, groups, onClose }: Props) => (
  <Menu open onClose={onClose} anchorReference="anchorPosition" anchorPosition={{ left: at.x, top: at.y }} slotProps={{ list: { dense: true, 'aria-label': label } }}>
    {groups.flatMap((group, index) => [
      ...(index > 0 ? [<Divider key={`divider ${index}`} />] : []),
      ...group.map(({ id, label: name, icon: EntryIcon, why, danger, shortcut, checked, run }) => (
        <MenuItem key={id} {...(checked !== undefined && { 'role': 'menuitemcheckbox', 'aria-checked': checked })} aria-keyshortcuts={shortcut?.replace('Ctrl', 'Control')} aria-disabled={why !== undefined}
          sx={{ color: danger && why === undefined ? 'error.main' : undefined, maxWidth: '26em' }}
          onClick={() => { if (why === undefined) { onClose(); run(); } }}>
          <ListItemIcon sx={{ color: 'inherit', opacity: why === undefined ? 1 : 0.5 }}>{checked ? <Check fontSize="small" /> : EntryIcon && <EntryIcon fontSize="small" />}</ListItemIcon>
          <ListItemText primary={name} secondary={why}
            slotProps={{ primary: { sx: { color: why === undefined ? undefined : 'text.secondary' } }, secondary: { variant: 'caption', sx: { whiteSpace: 'normal' } } }} />
          {shortcut !== undefined && <Typography variant="caption" sx={{ ml: 3, color: 'text.secondary' }}>{shortcut}</Typography>}
        </MenuItem>
      )),
    ])}
  </Menu>
);
