import Notifications from '@mui/icons-material/NotificationsNone';
import Badge from '@mui/material/Badge';
import Drawer from '@mui/material/Drawer';
import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import Close from '@mui/icons-material/Close';
import { useId, useState } from 'react';
import { useList } from '../../api';
import { Alerts } from '../../parts/messages/Alerts';
import { ALERTS } from '../../parts/lists';

const SHOWN_MAX = 99;

/** How many alerts the host has for us, and the list of them. */
export const AlertsButton = () => {
  const count = useList(ALERTS).length;
  const [open, setOpen] = useState(false);
  const title = useId();
  const words = count === 0 ? 'No alerts' : count === 1 ? '1 alert' : `${count > SHOWN_MAX ? `${SHOWN_MAX}+` : count} alerts`;
  return (
    <>
      <Tooltip title={words}>
        <IconButton size="small" aria-label={words} aria-haspopup="dialog" onClick={() => { setOpen(true); }}>
          <Badge badgeContent={count === 0 ? null : count} max={SHOWN_MAX} color="error" aria-hidden slotProps={{ badge: { sx: { fontSize: 10, height: 16, minWidth: 16, px: 0.5 } } }}><Notifications fontSize="small" /></Badge>
        </IconButton>
      </Tooltip>
      <Drawer anchor="right" open={open} onClose={() => { setOpen(false); }} slotProps={{ paper: { role: 'dialog', 'aria-labelledby': title, sx: { width: 'min(560px, 95vw)' } } }}>
        <Box sx={{ display: 'flex', alignItems: 'center', px: 2, py: 1, borderBottom: 1, borderColor: 'divider' }}>
          <Typography id={title} component="h2" variant="h6" sx={{ flex: 1 }}>Alerts</Typography>
          <IconButton size="small" aria-label="Close the alerts" onClick={() => { setOpen(false); }}><Close fontSize="small" /></IconButton>
        </Box>
        <Box sx={{ overflow: 'auto', px: 2, pb: 2 }}><Alerts /></Box>
      </Drawer>
    </>
  );
};
