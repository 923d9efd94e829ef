import Fact from '@mui/icons-material/FactCheckOutlined';
import Refresh from '@mui/icons-material/Refresh';
import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useEffect, useState } from 'react';
import { type Failure, failureOf, useSession, useSessionView } from '../../../api';
import { whyOffline } from '../../../parts/actions/offered';
import { FailureView } from '../../../parts/errors/FailureView';
import { callPlugin, hasPlugin, NOT_OURS } from '../../../parts/host/plugin';
import { type Column, DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { WhyButton } from '../../../ui/WhyButton';
import { linesOf, type Line } from './audit-words';

const SHOWN_MAX = 1_000;
const COLUMNS: readonly Column[] = [
  { id: 'time', title: 'Time', track: '11em' }, { id: 'user', title: 'User', track: 'minmax(5em, 0.5fr)' }, { id: 'call', title: 'What', track: 'minmax(11em, 1fr)' },
  { id: 'result', title: 'Outcome', track: 'minmax(12em, 1fr)' }, { id: 'about', title: 'With', track: 'minmax(14em, 2fr)' }, { id: 'from', title: 'From', track: 'minmax(7em, 0.5fr)' },
];

/** Who did what on this host, the newest first. Asked for when looked at. */
export const AuditLog = () => {
  const session = useSession();
  useSessionView();
  const [lines, setLines] = useState<readonly Line[] | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [wanted, setWanted] = useState('');
  const isOurs = hasPlugin(session);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!isOurs) return;
    callPlugin(session, 'audit_log', { count: String(SHOWN_MAX) }).then(text => { setLines(linesOf(JSON.parse(text) as string[])); setFailure(undefined); }).catch((error: unknown) => { setFailure(failureOf(error)); });
  }, [session, isOurs, round]);
  if (!isOurs) return <EmptyState icon={Fact} title="No audit log" detail={NOT_OURS} />;
  const text = wanted.trim().toLowerCase(), shown = (lines ?? []).filter(({ time, user, from, call, about, result }) => text === '' || [time, user, from, call, about, result].some(value => value.toLowerCase().includes(text))), byId = new Map(shown.map(line => [line.id, line]));
  return (
    <Box component="section" aria-label="Audit log" sx={{ display: 'flex', flexDirection: 'column', gap: 1, height: '100%', minHeight: '16em' }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, flexWrap: 'wrap' }}>
        <TextField size="small" label="Find" fullWidth={false} sx={{ width: '20em', maxWidth: '100%' }} value={wanted} onChange={event => { setWanted(event.target.value); }} slotProps={{ htmlInput: { maxLength: 200, spellCheck: false } }} />
        <WhyButton label="Look again" icon={Refresh} why={whyOffline(session)} onClick={() => { setRound(before => before + 1); }} />
        <Typography variant="body2" sx={{ color: 'text.secondary' }}>{lines && `${shown.length} of the newest ${lines.length} lines. The whole log: xe audit-log-get.`}</Typography>
      </Box>
      {failure && <FailureView what="Could not read the audit log" failure={failure} session={session} />}
      {lines && <DataTable label="Audit log" columns={COLUMNS} rows={shown.map(({ id }) => id)} renderCell={(row, column) => {
        const value = byId.get(row)?.[column as keyof Line] ?? '';
        return <span title={value}>{value}</span>;
      }} />}
    </Box>
  );
};
