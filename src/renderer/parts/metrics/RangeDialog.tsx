import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { FormDialog } from '../../ui/FormDialog';
import { type OwnRange, RANGES } from './ranges';

const SPAN_MIN_S = 60;
const SPAN_MAX_S = Math.max(...RANGES.map(({ spanS }) => spanS));
/** As a field for local times has it, to the minute. */
const local = (timeS: number): string => new Date((timeS - new Date(timeS * 1000).getTimezoneOffset() * 60) * 1000).toISOString().slice(0, 16);

/** The stretch of time that charts show, typed: for those who do not drag, and for “yesterday, from three to four”. */
export const RangeDialog = ({ shown, close, onChosen }: { shown: OwnRange; close: () => void; onChosen: (range: OwnRange) => void }) => {
  const [from, setFrom] = useState(local(shown.fromS));
  const [to, setTo] = useState(local(shown.toS));
  const [fromS, toS] = [Date.parse(from) / 1000, Date.parse(to) / 1000];
  const wrong = Number.isNaN(fromS) || Number.isNaN(toS) ? undefined : toS - fromS < SPAN_MIN_S ? 'At least a minute after the beginning' : toS - fromS > SPAN_MAX_S ? 'At most a year after the beginning' : undefined;
  const field = (label: string, value: string, set: (text: string) => void, problem?: string) => (
    <TextField type="datetime-local" label={label} value={value} onChange={event => { set(event.target.value); }} error={problem !== undefined} helperText={problem} slotProps={{ inputLabel: { shrink: true } }} />
  );
  return (
    <FormDialog title="Time shown" verb="Show" width="xs" blocked={wrong !== undefined || Number.isNaN(toS - fromS)} onCancel={close} onApply={() => { onChosen({ fromS, toS }); close(); }}>
      <Stack spacing={2} sx={{ pt: 1 }}>
        {field('From', from, setFrom)}
        {field('To', to, setTo, wrong)}
      </Stack>
    </FormDialog>
  );
};
