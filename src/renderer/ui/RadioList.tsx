import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import Typography from '@mui/material/Typography';
import { useId } from 'react';
import { focusOnAppear } from './focus';

export interface RadioChoice { id: string; title: string; detail: string; /** Why it cannot be chosen; undefined: it can. */ why: string | undefined }
interface Props { label: string; choices: readonly RadioChoice[]; value: string; disabled?: boolean; /** Takes the keyboard when it appears. */ first?: boolean; onChange: (id: string) => void }

/** One of a few, each with a word on what it is for, or on why it is not to be had. */
export const RadioList = ({ label, choices, value, disabled = false, first = false, onChange }: Props) => {
  const id = useId();
  const focused = choices.find(choice => choice.id === value) ?? choices.find(choice => choice.why === undefined);
  return (
    <FormControl disabled={disabled} fullWidth>
      <FormLabel id={id} sx={{ typography: 'subtitle2' }}>{label}</FormLabel>
      <RadioGroup aria-labelledby={id} value={value} onChange={event => { onChange(event.target.value); }}>
        {choices.map(choice => (
          <FormControlLabel key={choice.id} value={choice.id} disabled={disabled || choice.why !== undefined} sx={{ alignItems: 'flex-start', mt: 0.5, '& .MuiFormControlLabel-label.Mui-disabled': { color: 'text.secondary' } }}
            control={<Radio size="small" sx={{ py: 0.25 }} {...(first && choice === focused && { slotProps: { input: { ref: focusOnAppear } } })} />}
            label={<>{choice.title}<Typography component="span" variant="caption" sx={{ display: 'block', color: 'text.secondary', overflowWrap: 'anywhere' }}>{choice.why ?? choice.detail}</Typography></>} />
        ))}
      </RadioGroup>
    </FormControl>
  );
};
