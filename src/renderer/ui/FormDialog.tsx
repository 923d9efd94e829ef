import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import LinearProgress from '@mui/material/LinearProgress';
import Box from '@mui/material/Box';
import { type FormEvent, type ReactNode, useId } from 'react';

interface Props {
  title: string;
  /** The word on the button that does it. */
  verb: string;
  danger?: boolean;
  busy?: boolean;
  /** It cannot be applied as it stands. */
  blocked?: boolean;
  width?: 'xs' | 'sm' | 'md';
  /** In place of "Cancel", when there is nothing to cancel. */
  leave?: string;
  /** Another button before the verb, such as Back. */
  before?: ReactNode;
  onApply: () => void
  /** Also while busy: then it aborts what runs. */
  onCancel: () => void
  children: ReactNode;
}

/** A dialog with one verb: Enter applies, Escape cancels. */
export const FormDialog = ({ title, verb, danger = false, busy = false, blocked = false, width = 'sm', leave = 'Cancel', before, onApply, onCancel, children }: Props) => {
  const titleId = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    if (!busy && !blocked) onApply();
  };
  return (
    <Dialog open fullWidth maxWidth={width} onClose={(_event, reason) => { if (reason === 'escapeKeyDown') onCancel(); }} aria-labelledby={titleId}>
      <Box component="form" onSubmit={submit} noValidate sx={{ display: 'flex', flexDirection: 'column', minHeight: 0 }}>
        <DialogTitle id={titleId} sx={{ overflowWrap: 'anywhere', pb: 1 }}>{title}</DialogTitle>
        <Box sx={{ height: 4 }}>{busy && <LinearProgress aria-label={`${verb} is under way`} />}</Box>
        <DialogContent sx={{ pt: 1 }}>{children}</DialogContent>
        <DialogActions>
          <Button onClick={onCancel}>{leave}</Button>
          {before}
          <Button type="submit" variant="contained" color={danger ? 'error' : 'primary'} disabled={busy || blocked}>{verb}</Button>
        </DialogActions>
      </Box>
    </Dialog>
  );
};
