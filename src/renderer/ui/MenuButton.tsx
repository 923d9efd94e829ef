import MoreVert from '@mui/icons-material/MoreVert';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { type MouseEvent, useState } from 'react';
import { ActionMenu, type MenuEntry } from './ActionMenu';
import type { Icon } from './icon';

interface Props { label: string; /** With an icon it is a button with words; without, three dots. */ icon?: Icon; /** The icon alone. */ iconOnly?: boolean; groups: () => readonly (readonly MenuEntry[])[] }

/** What can be done to one thing, behind one button. The entries are asked for when it opens. */
export const MenuButton = ({ label, icon: Picture, iconOnly = false, groups }: Props) => {
  const [at, setAt] = useState<{ x: number; y: number } | undefined>(undefined);
  const common = {
    'aria-label': label, 'aria-haspopup': 'menu' as const, 'aria-expanded': at !== undefined,
    onClick: (event: MouseEvent<HTMLElement>) => { const { left, bottom } = event.currentTarget.getBoundingClientRect(); setAt({ x: left, y: bottom }); },
  };
  return (
    <>
      {Picture && !iconOnly ? <Button {...common} startIcon={<Picture />}>{label}</Button>
        : <Tooltip title={label}><IconButton {...common} size="small" sx={{ p: 0.25 }}>{Picture ? <Picture fontSize="small" /> : <MoreVert fontSize="small" />}</IconButton></Tooltip>}
      {at && <ActionMenu label={label} at={at} groups={groups()} onClose={() => { setAt(undefined); }} />}
    </>
  );
};
