import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { Ref } from '../../../../shared/api';
import { CallFailed, readDate, type Session, SessionScope, useNow, useRecord, useSessionView, useWorld, type World } from '../../../api';
import type { Stage } from '../../../parts/actions/action';
import { WorkDialog } from '../../../parts/actions/WorkDialog';
import { callPlugin } from '../../../parts/host/plugin';

export const showKeep = (stage: Stage, session: Session, pif: Ref<'PIF'>, address: string | undefined): void => {
  stage.show(close => <SessionScope session={session}><KeepDialog session={session} pif={pif} wanted={address} stage={stage} close={close} /></SessionScope>);
};

/** How long our hosts wait, when their own word of it did not reach us. */
const CONFIRM_WAIT_MS = 120_000;

/** The host waits for a word by its new address; without it everything is as before. */
const KeepDialog = ({ session, pif: ref, wanted, stage, close }: { session: Session; pif: Ref<'PIF'>; wanted: string | undefined; stage: Stage; close: () => void }) => {
  const world = useWorld();
  const pif = useRecord('PIF', ref);
  const { state } = useSessionView();
  const [opened] = useState(() => Date.now());
  const now = useNow(1_000);
  const until = readDate(pif?.properties['confirm_before'] ?? '') ?? opened + CONFIRM_WAIT_MS;
  const leftS = Math.max(0, Math.ceil((until - now) / 1_000));
  const address = wanted ?? pif?.IP ?? '';
  return (
    <WorkDialog title="Keep this setting?" verb="Keep it" session={session} failed="Could not keep the setting" width="xs" blocked={leftS === 0 || address === ''} close={close}
      apply={async () => { await keep(world, session, address); stage.succeeded(`The host is managed at ${address} now`); }}>
      <Typography variant="body2">{address === '' ? 'The new address is not known yet.' : `The host is asked to confirm by its new address, ${address}.`} {state.at === 'live' ? '' : 'The connection to the old address is lost.'}</Typography>
      <div>
        <LinearProgress variant="determinate" value={Math.min(100, (leftS * 100_000) / CONFIRM_WAIT_MS)} aria-label="Time left" />
        <Typography variant="body2" role="timer" sx={{ mt: 1 }}>{leftS === 0 ? 'The time is over: the host is as it was before.' : `Without your word the host goes back in ${leftS} s.`}</Typography>
      </div>
    </WorkDialog>
  );
};

/** By the new address: with the port that we know it by. */
const keep = async (world: World, session: Session, address: string): Promise<void> => {
  const port = /:(\d+)$/.exec(session.view.get().address.replace(/^[^\]]*:[^\]]*:.*[^\]\d]$/, ''))?.[1];
  const reached = await world.move(session.id, port === undefined ? address : `${address}:${port}`);
  if (!reached) throw new CallFailed({ kind: 'unreachable', reason: 'connect-timeout' });
  await callPlugin(session, 'management_confirm');
};
