import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import type { SessionState } from '../../../api';
import { CopyButton } from '../../../ui/CopyButton';
import { focusOnAppear } from '../../../ui/focus';

interface Props { state: SessionState & ({ at: 'untrusted' } | { at: 'certificate-changed' }); address: string; /** The host that was asked for, when it belongs to a pool that another one manages. */ member: string | undefined; trusted: boolean; onTrusted: (trusted: boolean) => void }

/** Who is it really? Quiet at the first meeting, loud when the answer has changed. It takes the focus, so that an Enter too many trusts nobody. */
export const CertificateChoice = ({ state, address, member, trusted, onTrusted }: Props) => {
  if (state.at === 'untrusted') {
    return (
      <Alert ref={focusOnAppear} tabIndex={-1} severity="warning" icon={false}>
        <AlertTitle>Is this your host?</AlertTitle>
        {member !== undefined && <Typography variant="body2" sx={{ mb: 1 }}>{member} belongs to a pool; {address} manages it.</Typography>}
        <Typography variant="body2">You connect to {address} for the first time. The host showed this fingerprint when it started; compare them, then trust it.</Typography>
        <Fingerprint label="Fingerprint (SHA-256)" value={state.fingerprint} />
      </Alert>
    );
  }
  return (
    <Alert ref={focusOnAppear} tabIndex={-1} severity="error" variant="outlined">
      <AlertTitle>The certificate of {address} has changed</AlertTitle>
      <Typography variant="body2">Either it was replaced on purpose, or someone stands between you and the host. Your password was not sent.</Typography>
      <Fingerprint label="Known until now" value={state.expected} />
      <Fingerprint label="Shown now" value={state.fingerprint} />
      <FormControlLabel sx={{ mt: 1, alignItems: 'flex-start' }}
        control={<Checkbox size="small" color="error" checked={trusted} onChange={(_event, checked) => { onTrusted(checked); }} sx={{ pt: 0.25 }} />}
        label={<Typography variant="body2">I know that the certificate was replaced, and the fingerprint shown now is the one of my host.</Typography>} />
    </Alert>
  );
};

const Fingerprint = ({ label, value }: { label: string; value: string }) => (
  <Box sx={{ mt: 1 }}>
    <Typography variant="caption" component="div">{label}<CopyButton text={value} what={label.toLowerCase()} /></Typography>
    <Box component="code" role="group" aria-label={label} sx={{ display: 'block', overflowWrap: 'anywhere', fontSize: '0.8125rem', userSelect: 'text' }}>{value}</Box>
  </Box>
);
