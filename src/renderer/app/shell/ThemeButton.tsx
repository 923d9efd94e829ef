import DarkMode from '@mui/icons-material/DarkMode';
import LightMode from '@mui/icons-material/LightMode';
import SettingsBrightness from '@mui/icons-material/SettingsBrightness';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import ListItemIcon from '@mui/material/ListItemIcon';
import Tooltip from '@mui/material/Tooltip';
import { useColorScheme } from '@mui/material/styles';
import { useState } from 'react';

const MODES = { light: ['Light', LightMode], dark: ['Dark', DarkMode], system: ['Like the system', SettingsBrightness] } as const;

/** Light, dark, or as the system has it; MUI keeps the choice in localStorage. */
export const ThemeButton = () => {
  const { mode = 'system', setMode } = useColorScheme();
  const [anchor, setAnchor] = useState<HTMLElement | undefined>(undefined);
  const [name, Picture] = MODES[mode];
  return (
    <>
      <Tooltip title={`Theme: ${name.toLowerCase()}`}>
        <IconButton size="small" aria-label="Theme" aria-haspopup="menu" onClick={event => { setAnchor(event.currentTarget); }}><Picture fontSize="small" /></IconButton>
      </Tooltip>
      <Menu open={anchor !== undefined} anchorEl={anchor ?? null} onClose={() => { setAnchor(undefined); }} slotProps={{ list: { dense: true, 'aria-label': 'Theme' } }}>
        {(Object.keys(MODES) as (keyof typeof MODES)[]).map(id => {
          const [label, ModeIcon] = MODES[id];
          return (
            <MenuItem key={id} selected={id === mode} onClick={() => { setMode(id); setAnchor(undefined); }}>
              <ListItemIcon><ModeIcon fontSize="small" /></ListItemIcon>{label}
            </MenuItem>
          );
        })}
      </Menu>
    </>
  );
};
