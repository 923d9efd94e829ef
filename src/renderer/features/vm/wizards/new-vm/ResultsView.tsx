import Alert from '@mui/material/Alert';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemText from '@mui/material/ListItemText';
import type { Failure } from '../../../../api';
import { explain } from '../../../../parts/errors/explain';
import { FormDialog } from '../../../../ui/FormDialog';
import { type Result, wasMade } from './install-vms';

const reasonOf = (failure: Failure): string => { const { title, detail } = explain(failure); return `${title}: ${detail}`; };

/** Of several VMs: which are there, and why the others are not. */
export const ResultsView = ({ results, close }: { results: readonly Result[]; close: () => void }) => {
  const made = results.filter(wasMade).length;
  return (
    <FormDialog title="New VM" verb="Close" leave="Close" onApply={close} onCancel={close}>
      <Alert severity="warning">{made === 0 ? 'None of the VMs was made.' : `${made} of ${results.length} VMs were made.`} What was half made is taken back.</Alert>
      <List dense aria-label="Outcome">
        {results.map(result => <ListItem key={result.name} disableGutters><ListItemText primary={result.name} secondary={wasMade(result) ? (result.mode === 'instant' ? 'Made, ready at once' : 'Made') : reasonOf(result.failure)} /></ListItem>)}
      </List>
    </FormDialog>
  );
};
