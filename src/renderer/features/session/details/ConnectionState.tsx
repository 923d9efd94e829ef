import Dns from '@mui/icons-material/DnsOutlined';
import CircularProgress from '@mui/material/CircularProgress';
import { failureOf, useNow, useSession, useSessionView, useWorld } from '../../../api';
import { perform, type Selection } from '../../../parts/actions/action';
import { useScreen } from '../../../parts/actions/stage';
import { stateWords } from '../../../parts/session/liveness';
import { EmptyState } from '../../../ui/EmptyState';
import { WhyButton } from '../../../ui/WhyButton';
import { retry } from '../actions/retry';
import { showConnect } from '../connect/ConnectDialog';

/** A connection that has no records to show yet: where it stands, and what can be done. */
export const ConnectionState = () => {
  const world = useWorld();
  const session = useSession();
  const { state, address, user } = useSessionView();
  const screen = useScreen();
  const now = useNow(1_000, state.at === 'lost');
  const words = stateWords(state, now);
  const again = retry(world);
  const selection: Selection = [{ session, cls: 'session', ref: session.id }];
  return (
    <EmptyState icon={Dns} title={`${address || 'The host on this computer'}: ${words.label}`} detail={words.detail}>
      {(state.at === 'connecting' || state.at === 'filling') && <CircularProgress size={28} aria-label={words.label} />}
      {again.whyNot(selection) === undefined && <WhyButton label={again.label} variant="outlined" why={undefined} onClick={() => { perform(again, selection, screen, failureOf); }} />}
      {(state.at === 'untrusted' || state.at === 'certificate-changed' || state.at === 'refused' || state.at === 'unreachable') && (
        <WhyButton label="Connect…" variant="contained" why={undefined} onClick={() => { showConnect(screen, { address, ...(user !== '' && { user }) }); }} />
      )}
    </EmptyState>
  );
};
