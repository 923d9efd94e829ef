import Clear from '@mui/icons-material/Clear';
import Search from '@mui/icons-material/Search';
import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState, useSyncExternalStore } from 'react';
import { useWorld } from '../../api';
import { useKept } from '../../ui/kept';
import type { TreeModel } from './tree-model';
import { customNames, type ViewId, VIEWS } from './views';

export const FILTER_LABEL = 'Find in the tree';

/** How the tree is ordered, and what is looked for in it as it is typed. */
export const TreeBar = ({ model, found }: { model: TreeModel; found: number }) => {
  const world = useWorld();
  const wish = useSyncExternalStore(model.watch, () => model.wish);
  const [, keepView] = useKept<string>('tree.view', 'hosts');
  const sift = (filter: string): void => { model.show({ filter }); };
  // Looked for when somebody looks: it takes all VMs.
  const [custom, setCustom] = useState<readonly string[]>([]);
  const shown = wish.view.startsWith('custom ') && !custom.includes(wish.view.slice('custom '.length)) ? [wish.view.slice('custom '.length), ...custom] : custom;
  return (
    <Box sx={{ p: 0.75, display: 'flex', flexDirection: 'column', gap: 0.75, borderBottom: 1, borderColor: 'divider' }}>
      <TextField value={wish.filter} size="small" fullWidth placeholder="Find: name, address, tag:web, power:running"
        onChange={event => { sift(event.target.value); }} onKeyDown={event => { if (event.key === 'Escape' && wish.filter !== '') { event.stopPropagation(); sift(''); } }}
        slotProps={{
          htmlInput: { 'aria-label': FILTER_LABEL, maxLength: 2_000, 'data-tree-filter': '' },
          input: {
            startAdornment: <InputAdornment position="start"><Search fontSize="small" /></InputAdornment>,
            ...(wish.filter !== '' && { endAdornment: <InputAdornment position="end"><IconButton size="small" aria-label="Show everything again" onClick={() => { sift(''); }}><Clear fontSize="small" /></IconButton></InputAdornment> }),
          },
        }} />
      <TextField select size="small" fullWidth value={wish.view} onChange={event => { const next = event.target.value as ViewId; keepView(next); model.show({ view: next }); }}
        slotProps={{ select: { onOpen: () => { setCustom(customNames(world.sessions.get())); }, SelectDisplayProps: { 'aria-label': 'Order of the tree' } } }}>
        {VIEWS.map(({ id, title }) => <MenuItem key={id} value={id}>{title}</MenuItem>)}
        {shown.map(name => <MenuItem key={name} value={`custom ${name}`}>{name}</MenuItem>)}
      </TextField>
      {wish.filter !== '' && found === 0 && <Typography variant="body2" role="status" sx={{ color: 'text.secondary', px: 0.5 }}>Nothing fits “{wish.filter}”.</Typography>}
    </Box>
  );
};
