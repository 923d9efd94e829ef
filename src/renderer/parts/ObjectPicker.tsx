import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { type MetricsClass, type Session, SessionScope, useList, useRecords } from '../api';
import { FormDialog } from '../ui/FormDialog';
import { HOSTS, SRS, VMS } from './lists';

interface Props {
  session: Session;
  cls: MetricsClass;
  title: string;
  chosen: readonly string[];
  /** The one that is there anyway. */
  without: string;
  most: number;
  close: () => void;
  onChosen: (refs: readonly string[]) => void;
}
const LISTS = { VM: VMS, host: HOSTS, SR: SRS } as const;
const SHOWN_MAX = 100;

/** Some objects of one class, found by their names. */
export const ObjectPicker = (props: Props) => <SessionScope session={props.session}><Picker {...props} /></SessionScope>;

const Picker = ({ cls, title, chosen, without, most, close, onChosen }: Props) => {
  const [picked, setPicked] = useState(chosen);
  const [text, setText] = useState('');
  const all = useRecords<MetricsClass>(cls, useList<MetricsClass>(LISTS[cls])).filter(({ ref }) => ref !== without);
  const found = all.filter(({ ref, record }) => picked.includes(ref) || record.name_label.toLowerCase().includes(text.trim().toLowerCase()));
  const full = picked.length >= most;
  return (
    <FormDialog title={title} verb="Show" onCancel={close} onApply={() => { onChosen(picked); close(); }}>
      <Stack spacing={1} sx={{ pt: 1 }}>
        <TextField label="Find by name" value={text} onChange={event => { setText(event.target.value); }} autoComplete="off" />
        {found.length === 0 && <Typography variant="body2" sx={{ color: 'text.secondary' }}>{all.length === 0 ? 'There is no other one.' : 'None has such a name.'}</Typography>}
        <FormGroup aria-label={title} sx={{ maxHeight: '50vh', overflow: 'auto', flexWrap: 'nowrap' }}>
          {found.slice(0, SHOWN_MAX).map(({ ref, record }) => (
            <FormControlLabel key={ref} label={record.name_label || 'unnamed'} disabled={full && !picked.includes(ref)}
              control={<Checkbox size="small" checked={picked.includes(ref)} onChange={(_event, on) => { setPicked(on ? [...picked, ref] : picked.filter(other => other !== ref)); }} />} />
          ))}
        </FormGroup>
        {found.length > SHOWN_MAX && <Typography variant="body2" sx={{ color: 'text.secondary' }}>{found.length - SHOWN_MAX} more: type a part of the name.</Typography>}
        {full && <Typography variant="body2" sx={{ color: 'text.secondary' }}>More than {most} lines beside each other cannot be told apart.</Typography>}
      </Stack>
    </FormDialog>
  );
};
