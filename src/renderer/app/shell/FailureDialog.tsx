import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import type { Failure, Session } from '../../api';
import { FailureView } from '../../parts/errors/FailureView';

const FAILURE_TITLE = 'failure-title';

/** The whole story of one failure. */
export const FailureDialog = ({ what, failure, session, onClose }: { what: string; failure: Failure; session: Session | undefined; onClose: () => void }) => (
  <Dialog open fullWidth maxWidth="sm" onClose={onClose} aria-labelledby={FAILURE_TITLE}>
    <DialogTitle id={FAILURE_TITLE} sx={{ overflowWrap: 'anywhere' }}>{what}</DialogTitle>
    <DialogContent><FailureView what={what} failure={failure} session={session} /></DialogContent>
    <DialogActions><Button variant="contained" onClick={onClose}>Close</Button></DialogActions>
  </Dialog>
);
