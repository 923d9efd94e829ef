import Add from '@mui/icons-material/Add';
import Cancel from '@mui/icons-material/Cancel';
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { focusOnAppear } from './focus';
import { tagColours } from './tag-colour';
import { WhyButton } from './WhyButton';

interface Props {
  tags: readonly string[];
  /** Tags that are in use elsewhere. */
  known: readonly string[];
  why: string | undefined;
  /** Both answer what went wrong in words, or undefined. */
  onAdd: (tag: string) => Promise<string | undefined>
  onRemove: (tag: string) => Promise<string | undefined>
}
const TAG_MAX_CHARS = 255;

/** Coloured chips: added by typing or choosing, removed by their cross. */
export const Tags = ({ tags, known, why, onAdd, onRemove }: Props) => {
  const [adding, setAdding] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const add = async (text: string): Promise<void> => {
    const tag = text.trim();
    setAdding(false);
    if (tag !== '' && !tags.includes(tag)) setProblem(await onAdd(tag));
  };
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5, alignItems: 'center' }}>
      {tags.length === 0 && !adding && <Box component="span" sx={{ color: 'text.secondary' }}>none</Box>}
      {tags.map(tag => <TagChip key={tag} tag={tag} why={why} onRemove={() => { void onRemove(tag).then(setProblem); }} />)}
      {adding
        ? <Autocomplete freeSolo autoHighlight={false} options={known.filter(tag => !tags.includes(tag))} sx={{ width: '11em' }} size="small" openOnFocus
            onChange={(_event, text) => { if (text !== null) void add(text); }}
            renderInput={params => <TextField {...params} variant="standard" inputRef={focusOnAppear}
              onKeyDown={event => { if (event.key === 'Escape') { event.stopPropagation(); setAdding(false); } }} onBlur={() => { setAdding(false); }}
              slotProps={{ ...params.slotProps, htmlInput: { ...params.slotProps.htmlInput, 'aria-label': 'New tag', maxLength: TAG_MAX_CHARS } }} />} />
        : <WhyButton small label="Add tag" icon={Add} iconOnly why={why} onClick={() => { setAdding(true); setProblem(undefined); }} />}
      {problem !== undefined && <Typography variant="caption" role="alert" sx={{ color: 'error.main', flexBasis: '100%' }}>{problem}</Typography>}
    </Box>
  );
};

const TagChip = ({ tag, why, onRemove }: { tag: string; why: string | undefined; onRemove: () => void }) => {
  const { light, dark } = tagColours(tag);
  return (
    <Box component="span" sx={[{ display: 'inline-flex', borderRadius: 4, maxWidth: '100%', alignItems: 'center', ...light }, theme => theme.applyStyles('dark', dark)]}>
      <Chip size="small" label={tag} sx={{ bgcolor: 'transparent', color: 'inherit', maxWidth: '16em' }} />
      {why === undefined && <IconButton size="small" aria-label={`Remove tag ${tag}`} onClick={onRemove} sx={{ p: 0.25, color: 'inherit' }}><Cancel sx={{ fontSize: 16 }} /></IconButton>}
    </Box>
  );
};
