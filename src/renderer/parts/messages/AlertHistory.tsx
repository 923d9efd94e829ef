import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useEffect, useState } from 'react';
import type { MessageRecord } from '../../../shared/api';
import { type Failure, failureOf, readDate, useSession } from '../../api';
import { dateText } from '../../ui/text';
import { FailureView } from '../errors/FailureView';
import { callPlugin } from '../host/plugin';
import { AlertRow } from './AlertRow';

type Past = Pick<MessageRecord, 'uuid' | 'name' | 'priority' | 'cls' | 'obj_uuid' | 'timestamp' | 'body'> & { acknowledged: string; by: string };

/** What was acknowledged, by whom and when, as the host remembers it. */
export const AlertHistory = () => {
  const session = useSession();
  const [past, setPast] = useState<readonly Past[] | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  useEffect(() => {
    let over = false;
    callPlugin(session, 'message_history').then(text => { if (!over) setPast(JSON.parse(text) as Past[]); }, (error: unknown) => { if (!over) setFailure(failureOf(error)); });
    return () => { over = true; };
  }, [session]);
  if (failure) return <FailureView what="Could not read the history of alerts" failure={failure} session={session} />;
  if (!past) return <Typography variant="body2" sx={{ color: 'text.secondary' }}>Loading…</Typography>;
  if (past.length === 0) return <Typography variant="body2" sx={{ py: 2, color: 'text.secondary' }}>Nobody has acknowledged an alert yet.</Typography>;
  return (
    <Box component="ul" aria-label="History of alerts" sx={{ m: 0, p: 0, listStyle: 'none' }}>
      {past.map(message => { const at = readDate(message.acknowledged); return <AlertRow key={message.uuid} message={message} more={`acknowledged by ${message.by}${at === undefined ? '' : `, ${dateText(at)}`}`} />; })}
    </Box>
  );
};
