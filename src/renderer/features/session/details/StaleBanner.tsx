import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useNow, useSessionView, useWorld } from '../../../api';
import { stateWords } from '../../../parts/session/liveness';

/** Says that what is shown is old, how old, and that we are at it. */
export const StaleBanner = () => {
  const world = useWorld();
  const { id, state, address } = useSessionView();
  const now = useNow(1_000, state.at === 'lost');
  if (state.at !== 'lost' && state.at !== 'filling') return null;
  const words = stateWords(state, now);
  if (state.at === 'filling') return <Alert severity="info" sx={{ borderRadius: 0, py: 0 }}>{words.detail}</Alert>;
  return (
    <Alert severity="warning" role="status" sx={{ borderRadius: 0, py: 0 }}
      action={<Button color="inherit" sx={{ whiteSpace: 'nowrap' }} onClick={() => { void world.retry(id); }}>Try again now</Button>}>
      The connection to {address} is lost. This is how it was {words.label.replace('Lost, last seen ', '')}. {words.detail}
    </Alert>
  );
};
