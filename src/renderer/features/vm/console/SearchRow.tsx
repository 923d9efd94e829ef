import Down from '@mui/icons-material/KeyboardArrowDown';
import Up from '@mui/icons-material/KeyboardArrowUp';
import Close from '@mui/icons-material/Close';
import Box from '@mui/material/Box';
import InputBase from '@mui/material/InputBase';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { focusOnAppear } from '../../../ui/focus';
import { WhyButton } from '../../../ui/WhyButton';

export interface Finds { at: number; of: number }
interface Props { finds: Finds | undefined; onFind: (text: string, way: 'first' | 'next' | 'before') => void; onClose: () => void }

/** Looks through all that the console still has. */
export const SearchRow = ({ finds, onFind, onClose }: Props) => {
  const [text, setText] = useState('');
  const why = text === '' ? 'There is nothing to look for.' : undefined;
  return (
    <Box role="search" sx={{ display: 'flex', alignItems: 'center', gap: 0.5, px: 1, pb: 0.5 }}
      onKeyDown={event => { if (event.key === 'Escape') onClose(); else if (event.key === 'Enter' && why === undefined) onFind(text, event.shiftKey ? 'before' : 'next'); }}>
      <InputBase inputRef={focusOnAppear} value={text} placeholder="Find" inputProps={{ 'aria-label': 'Find in the console' }} onChange={event => { setText(event.target.value); onFind(event.target.value, 'first'); }} sx={{ flex: 1, maxWidth: '24em', px: 1, border: 1, borderColor: 'divider', borderRadius: 1 }} />
      <Typography role="status" variant="caption" sx={{ minWidth: '6em', color: 'text.secondary' }}>{text === '' || !finds ? '' : finds.of === 0 ? 'Not found' : `${finds.at + 1} of ${finds.of}`}</Typography>
      <WhyButton label="Find before" icon={Up} iconOnly why={why} onClick={() => { onFind(text, 'before'); }} />
      <WhyButton label="Find next" icon={Down} iconOnly why={why} onClick={() => { onFind(text, 'next'); }} />
      <WhyButton label="Close search" icon={Close} iconOnly why={undefined} onClick={onClose} />
    </Box>
  );
};
