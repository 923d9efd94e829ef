import Chip from '@mui/material/Chip';
import Tooltip from '@mui/material/Tooltip';
import { useNow, useSessionView } from '../../api';
import { stateWords } from '../../parts/session/liveness';

/** Which host, and how it is with it. */
export const ConnectionChip = ({ onClick }: { onClick: () => void }) => {
  const { state, address } = useSessionView();
  const now = useNow(1_000, state.at === 'lost');
  const { label, tone, detail } = stateWords(state, now);
  return (
    <Tooltip title={detail} describeChild>
      <Chip size="small" variant="outlined" color={tone} onClick={onClick} label={`${address || 'This computer'}: ${label}`} data-session-state={state.at}
        sx={{ minWidth: 0, flexShrink: 1 }} />
    </Tooltip>
  );
};
