import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import ToggleButton from '@mui/material/ToggleButton';
import { type Modifier, MODIFIERS } from '../../../../shared/rules/keyboard';

interface Props { held: readonly Modifier[]; off: boolean; onHold: (modifier: Modifier) => void; onPress: (combination: string) => void }

/** Modifiers that stay down until they are pressed again or another window is chosen, and keys that a keyboard may lack. */
export const KeyRow = ({ held, off, onHold, onPress }: Props) => (
  <Box role="group" aria-label="Keys to hold" sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5, px: 1, pb: 0.5 }}>
    {(Object.keys(MODIFIERS) as Modifier[]).map(name => (
      <ToggleButton key={name} value={name} size="small" disabled={off} selected={held.includes(name)} onChange={() => { onHold(name); }} sx={{ py: 0, textTransform: 'none' }}>{name}</ToggleButton>
    ))}
    {['Esc', 'Tab', 'Print', 'Pause', 'Menu'].map(name => <Button key={name} size="small" disabled={off} onClick={() => { onPress(name); }} sx={{ py: 0, minWidth: 0 }}>{name}</Button>)}
  </Box>
);
