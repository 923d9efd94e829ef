import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useEffect, useRef } from 'react';
import { type Failure, type Session, useValue, Value } from '../../api';
import type { Target } from '../../parts/actions/action';
import { explain, lookIn } from '../../parts/errors/explain';

/* Outcomes, as they come: what went well goes by itself, what went wrong stays until it was seen. */

export type Notice = { id: number; words: string } & ({ about?: Target; failure?: undefined } | { failure: Failure; session: Session | undefined });
type NewNotice = Notice extends infer N ? N extends Notice ? Omit<N, 'id'> : never : never;

const SHOWN_MAX = 3;
const GOOD_NEWS_MS = 6_000;

export class Notices {
  readonly list = new Value<readonly Notice[]>([]);
  #lastId = 0;

  add(notice: NewNotice): void { this.list.set([...this.list.get(), { ...notice, id: ++this.#lastId }].slice(-SHOWN_MAX)); }
  remove(id: number): void { this.list.set(this.list.get().filter(notice => notice.id !== id)); }
}

interface Props { notices: Notices; onShow: (target: Target) => void; onExplain: (what: string, failure: Failure, session: Session | undefined) => void }
export const NoticeStack = ({ notices, onShow, onExplain }: Props) => {
  const list = useValue(notices.list);
  return (
    <Box sx={{ position: 'fixed', left: 16, bottom: 44, zIndex: 'snackbar', display: 'flex', flexDirection: 'column', gap: 1, maxWidth: 'min(32em, calc(100vw - 32px))' }}>
      {list.map(notice => <NoticeBox key={notice.id} notice={notice} onClose={() => { notices.remove(notice.id); }} onShow={onShow} onExplain={onExplain} />)}
    </Box>
  );
};

const NoticeBox = ({ notice, onClose, onShow, onExplain }: Omit<Props, 'notices'> & { notice: Notice; onClose: () => void }) => {
  const { words, failure } = notice;
  const leave = useRef(onClose);
  useEffect(() => { leave.current = onClose; });
  // One timer per notice, however often it is rendered again.
  useEffect(() => {
    if (failure) return;
    const timer = setTimeout(() => { leave.current(); }, GOOD_NEWS_MS);
    return () => { clearTimeout(timer); };
  }, [failure]);
  if (notice.failure) {
    const { failure: why, session } = notice;
    return (
      <Alert severity={why.kind === 'aborted' ? 'info' : 'error'} variant="filled" role="alert" onClose={onClose} sx={{ overflowWrap: 'anywhere' }}
        action={<><Button color="inherit" onClick={() => { onExplain(words, why, session); onClose(); }}>Details</Button><Button color="inherit" onClick={onClose}>Close</Button></>}>
        {words}: {explain(why, lookIn(session)).title}
      </Alert>
    );
  }
  const { about } = notice;
  return (
    <Alert severity="success" variant="filled" role="status" sx={{ overflowWrap: 'anywhere' }}
      action={<>{about && <Button color="inherit" onClick={() => { onShow(about); onClose(); }}>Show</Button>}<Button color="inherit" onClick={onClose}>Close</Button></>}>
      {words}
    </Alert>
  );
};
