import Edit from '@mui/icons-material/Edit';
import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { inSentence } from './text';
import { WhyButton } from './WhyButton';

export interface Choice { value: string; text: string }
interface Props {
  value: string;
  label: string;
  /** A value that is not among them is shown as it is. */
  choices: readonly Choice[];
  /** Undefined: it can be chosen. */
  why: string | undefined;
  /** Answers what went wrong in words, or undefined. */
  onSave: (value: string) => Promise<string | undefined>
}

/** One of several, chosen where it stands. */
export const EditableChoice = ({ value, label, choices, why, onSave }: Props) => {
  const [wanted, setWanted] = useState<string | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const known = choices.some(choice => choice.value === value);
  const all = known ? choices : [{ value, text: value === '' ? 'none' : value }, ...choices];
  const save = async (next: string): Promise<void> => {
    if (next === value) return;
    setWanted(next);
    setProblem(undefined);
    setProblem(await onSave(next));
    setWanted(undefined);
  };
  if (why !== undefined) {
    return (
      <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', maxWidth: '100%' }}>
        <Box component="span" sx={{ overflowWrap: 'anywhere' }}>{all.find(choice => choice.value === value)?.text}</Box>
        <WhyButton small label={`Edit ${inSentence(label)}`} icon={Edit} iconOnly why={why} onClick={() => undefined} />
      </Box>
    );
  }
  return (
    <TextField select variant="standard" fullWidth={false} value={wanted ?? value} disabled={wanted !== undefined} error={problem !== undefined} helperText={problem}
      onChange={event => { void save(event.target.value); }} sx={{ minWidth: '8em', maxWidth: '100%', '& .MuiInputBase-root': { typography: 'body2' } }}
      slotProps={{ input: { disableUnderline: true }, select: { displayEmpty: true, SelectDisplayProps: { 'aria-label': label } } }}>
      {all.map(choice => <MenuItem key={choice.value} value={choice.value} dense>{choice.text}</MenuItem>)}
    </TextField>
  );
};
