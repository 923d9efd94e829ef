import Box from '@mui/material/Box';
import Dialog from '@mui/material/Dialog';
import InputBase from '@mui/material/InputBase';
import Typography from '@mui/material/Typography';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { World } from '../../api';
import type { Selection } from '../../parts/actions/action';
import type { Screen } from '../../parts/actions/stage';
import { PowerIcon } from '../../parts/vm/power';
import { focusOnAppear } from '../../ui/focus';
import { MARKED_GROUND } from '../../ui/marks';
import { paletteEntries } from './entries';

interface Props { world: World; screen: Screen; selection: Selection; close: () => void }

/** Anything by its name: an object to go to, or an action to do. */
export const Palette = ({ world, screen, selection, close }: Props) => {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const listId = useId();
  const current = useRef<HTMLDivElement>(null);
  const entries = paletteEntries(world, screen, selection, text), index = Math.min(at, Math.max(0, entries.length - 1));
  useEffect(() => { current.current?.scrollIntoView({ block: 'nearest' }); }, [index, text]);
  const run = (i: number): void => { const entry = entries[i]; if (entry && entry.why === undefined) { close(); entry.run(); } };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by !== 0) { event.preventDefault(); setAt((index + by + entries.length) % Math.max(1, entries.length)); } else if (event.key === 'Enter') { event.preventDefault(); run(index); }
  };
  return (
    <Dialog open fullWidth maxWidth="sm" onClose={close} slotProps={{ container: { sx: { alignItems: 'flex-start' } }, paper: { 'aria-label': 'Go to anything', sx: { mt: '8vh' } } }}>
      <InputBase inputRef={focusOnAppear} fullWidth value={text} placeholder="A name, an address, a tag, or what to do (> for actions only)" onChange={event => { setText(event.target.value); setAt(0); }} onKeyDown={onKeyDown}
        sx={{ px: 2, py: 1.25, borderBottom: 1, borderColor: 'divider' }}
        inputProps={{ role: 'combobox', 'aria-label': 'Go to anything', 'aria-expanded': true, 'aria-controls': listId, 'aria-autocomplete': 'list', 'aria-activedescendant': entries[index] ? `${listId}-${index}` : undefined, maxLength: 2_000 }} />
      <Box id={listId} role="listbox" aria-label="Found" sx={{ overflow: 'auto', maxHeight: '55vh', py: 0.5 }}>
        {entries.length === 0 && <Typography variant="body2" role="status" sx={{ px: 2, py: 1.5, color: 'text.secondary' }}>Nothing fits “{text}”.</Typography>}
        {entries.map(({ id, title, detail, why, shortcut, subject }, i) => (
          <Box key={id} id={`${listId}-${i}`} ref={i === index ? current : undefined} role="option" aria-selected={i === index} aria-disabled={why !== undefined} onClick={() => { run(i); }} onMouseMove={() => { if (i !== index) setAt(i); }}
            sx={{ display: 'flex', alignItems: 'center', gap: 1, px: 2, py: 0.5, cursor: why === undefined ? 'pointer' : 'default', bgcolor: i === index ? MARKED_GROUND : undefined }}>
            {subject?.cls === 'VM' && 'power_state' in subject.record && !subject.record.is_a_template && <PowerIcon vm={subject.record} />}
            <Box sx={{ minWidth: 0, flex: 1 }}>
              <Typography variant="body2" noWrap sx={{ color: why === undefined ? undefined : 'text.secondary' }}>{title}</Typography>
              <Typography variant="caption" noWrap component="div" sx={{ color: 'text.secondary' }}>{why ?? detail}</Typography>
            </Box>
            {shortcut !== undefined && <Typography variant="caption" sx={{ color: 'text.secondary' }}>{shortcut}</Typography>}
          </Box>
        ))}
      </Box>
    </Dialog>
  );
};
