import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import Typography from '@mui/material/Typography';
import { useId } from 'react';

/** `why`: it cannot be chosen, in words. */
export interface RadioOption<T extends string> { value: T; title: string; detail: string; why?: string | undefined }
interface Props<T extends string> { label: string; value: T; options: readonly RadioOption<T>[]; disabled?: boolean; onChange: (value: T) => void }

/** One of a few, each with a line that says what it means or why it cannot be. */
export const RadioChoice = <T extends string>({ label, value, options, disabled = false, onChange }: Props<T>) => {
  const id = useId();
  return (
    <FormControl disabled={disabled}>
      <FormLabel id={id}>{label}</FormLabel>
      <RadioGroup aria-labelledby={id} value={value} onChange={event => { onChange(event.target.value as T); }}>
        {options.map(({ value: each, title, detail, why }) => (
          <FormControlLabel key={each} value={each} disabled={disabled || why !== undefined} control={<Radio size="small" />} sx={{ alignItems: 'flex-start', mt: 0.5 }}
            label={<>{title}<Typography component="span" variant="caption" sx={{ display: 'block', color: 'text.secondary' }}>{why ?? detail}</Typography></>} />
        ))}
      </RadioGroup>
    </FormControl>
  );
};
