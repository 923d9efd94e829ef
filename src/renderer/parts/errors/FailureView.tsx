import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { Failure, Session } from '../../api';
import { CopyButton } from '../../ui/CopyButton';
import { detailsText, explain, lookIn } from './explain';

/** One failure: what, why, what next, and the facts to copy. */
export const FailureView = ({ what, failure, session }: { what: string; failure: Failure; session: Session | undefined }) => {
  const { title, detail, next } = explain(failure, lookIn(session));
  const cancelled = failure.kind === 'aborted';
  return (
    <Alert severity={cancelled ? 'info' : 'error'} sx={{ overflowWrap: 'anywhere' }}>
      <AlertTitle>{title}</AlertTitle>
      <Typography variant="body2">{detail}</Typography>
      {!cancelled && <Typography variant="body2" sx={{ mt: 1 }}><strong>What to do: </strong>{next}</Typography>}
      {!cancelled && (
        <Box sx={{ mt: 1, display: 'flex', alignItems: 'center', typography: 'caption' }}>
          {failure.kind === 'refused' && <Box component="code" sx={{ maxHeight: '6em', overflow: 'auto' }}>{failure.code}</Box>}
          <CopyButton text={detailsText(what, failure)} what="details" />
        </Box>
      )}
    </Alert>
  );
};
