import Close from '@mui/icons-material/Close';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemButton from '@mui/material/ListItemButton';
import ListItemText from '@mui/material/ListItemText';
import Stack from '@mui/material/Stack';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import type { KnownHost } from '../../../api';
import { dateText } from '../../../ui/text';

interface Props { hosts: readonly KnownHost[]; chosen: string; disabled: boolean; onChoose: (host: KnownHost) => void; onForget: (address: string) => void; /** Those with kept passwords. */ onAll: () => void; atStart: boolean; onAtStart: (atStart: boolean) => void }

/** Where this program was before: one click fills the fields. */
export const KnownHosts = ({ hosts, chosen, disabled, onChoose, onForget, onAll, atStart, onAtStart }: Props) => hosts.length > 0 && (
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
    {hosts.some(host => host.passwordKept) && (
      <Stack direction="row" spacing={2} useFlexGap sx={{ mt: 1, alignItems: 'center', flexWrap: 'wrap' }}>
        <Button size="small" variant="outlined" disabled={disabled} onClick={onAll}>Connect to all with kept passwords</Button>
        <FormControlLabel label="Do so when the console starts" control={<Checkbox size="small" checked={atStart} disabled={disabled} onChange={(_event, on) => { onAtStart(on); }} />} />
      </Stack>
    )}
  </section>
);

const lastUsed = ({ lastUsed: text }: KnownHost): string => {
  const time = Date.parse(text);
  return Number.isNaN(time) ? 'never' : dateText(time);
};
