import Close from '@mui/icons-material/Close';
import IconButton from '@mui/material/IconButton';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemButton from '@mui/material/ListItemButton';
import ListItemText from '@mui/material/ListItemText';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import type { KnownHost } from '../../../api';
import { dateText } from '../../../ui/text';

interface Props { hosts: readonly KnownHost[]; chosen: string; disabled: boolean; onChoose: (host: KnownHost) => void; onForget: (address: string) => void }

/** Where this program was before: one click fills the fields. */
export const KnownHosts = ({ hosts, chosen, disabled, onChoose, onForget }: Props) => hosts.length > 0 && (
  <section aria-label="Known hosts">
    <Typography component="h3" variant="subtitle2">Known hosts</Typography>
    <List dense disablePadding sx={{ maxHeight: 180, overflow: 'auto' }}>
      {hosts.map(host => (
        <ListItem key={host.address} disablePadding secondaryAction={(
          <Tooltip title="Forget this host, its certificate and its password">
            <IconButton edge="end" size="small" aria-label={`Forget ${host.address}`} disabled={disabled} onClick={() => { onForget(host.address); }}><Close
              fontSize="small" /></IconButton>
          </Tooltip>
        )}>
          <ListItemButton selected={host.address === chosen} disabled={disabled} onClick={() => { onChoose(host); }}>
            <ListItemText primary={host.address} secondary={`${host.user}, ${host.passwordKept ? 'password kept' : 'no password kept'}, last used ${lastUsed(host)}`} />
          </ListItemButton>
        </ListItem>
      ))}
    </List>
  </section>
);

const lastUsed = ({ lastUsed: text }: KnownHost): string => {
  const time = Date.parse(text);
  return Number.isNaN(time) ? 'never' : dateText(time);
};
