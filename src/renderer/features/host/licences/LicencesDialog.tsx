import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Stack from '@mui/material/Stack';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableContainer from '@mui/material/TableContainer';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { type ChangeEvent, useState } from 'react';
import type { Ref } from '../../../../shared/api';
import { failureOf, type Session, SessionScope, useRecord, useSessionView, useValue, useWorld } from '../../../api';
import type { Stage, Target } from '../../../parts/actions/action';
import { explain } from '../../../parts/errors/explain';
import { HOSTS } from '../../../parts/lists';
import { FormDialog } from '../../../ui/FormDialog';
import { editionWords, licenceWords } from './licence-words';

/* The licences of all connected hosts: one file for as many of them as wanted, and what came of it at each. */

interface Place { session: Session; ref: Ref<'host'> }
const keyOf = ({ session, ref }: Place): string => `${session.id} ${ref}`;
/** Larger than any licence: a file of another kind was taken. */
const FILE_MAX_BYTES = 64 * 1024;
const AT_ONCE = 8;

export const openLicences = (stage: Stage, target: Target): void => { stage.show(close => <LicencesDialog first={target} close={close} />); };

const LicencesDialog = ({ first, close }: { first: Target; close: () => void }) => {
  const sessions = useValue(useWorld().sessions);
  const places = sessions.flatMap(session => session.records.index(HOSTS).refs.map((ref): Place => ({ session, ref: ref as Ref<'host'> })));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(places.filter(({ session, ref }) => (first.cls === 'host' ? ref === first.ref : session === first.session)).map(keyOf)));
  const [file, setFile] = useState<{ name: string; text: string } | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, { ok: boolean; words: string }>>(new Map());
  const wanted = places.filter(place => chosen.has(keyOf(place)));

  const take = async (event: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const [given] = event.target.files ?? [];
    if (!given) return;
    setOutcomes(new Map());
    setFile(given.size > FILE_MAX_BYTES ? { name: given.name, text: '' } : { name: given.name, text: await given.text() });
  };
  const atEach = async (done: string, work: (place: Place) => Promise<unknown>): Promise<void> => {
    const waiting = [...wanted];
    setBusy(true);
    setOutcomes(new Map());
    const next = async (): Promise<void> => {
      for (let place = waiting.shift(); place; place = waiting.shift()) {
        const key = keyOf(place);
        const outcome = await work(place).then(() => ({ ok: true, words: done }), (error: unknown) => { const { title, detail } = explain(failureOf(error)); return { ok: false, words: `${title}: ${detail}` }; });
        setOutcomes(before => new Map(before).set(key, outcome));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    setBusy(false);
  };
  const toggle = (key: string): void => { const next = new Set(chosen); if (!next.delete(key)) next.add(key); setChosen(next); };

  return (
    <FormDialog title="Licences" verb={`Apply to ${wanted.length} ${wanted.length === 1 ? 'host' : 'hosts'}`} leave="Close" width="md" busy={busy} blocked={!file || file.text === '' || wanted.length === 0}
      before={<Button color="error" disabled={busy || wanted.length === 0} onClick={() => { void atEach('Removed', ({ session, ref }) => session.call('host.license_remove', ref)); }}>Remove licence</Button>}
      onApply={() => { const text = file?.text ?? ''; void atEach('Applied', ({ session, ref }) => session.call('host.license_add', ref, text)); }} onCancel={close}>
      <Stack spacing={2}>
        <Typography variant="body2">A licence takes effect at once. Nothing is restarted, and running VMs do not notice; without one a host is an Express edition.</Typography>
        <Stack direction="row" spacing={2} useFlexGap sx={{ alignItems: 'center', flexWrap: 'wrap' }}>
          <Button component="label" variant="outlined" size="small" disabled={busy}>Choose a licence file…
            <input type="file" hidden accept=".json,application/json" aria-label="Licence file" onChange={event => { void take(event); }} /></Button>
          <Typography variant="body2">{file?.name ?? 'No file chosen'}</Typography>
        </Stack>
        {file?.text === '' && <Alert severity="error">{file.name} is no licence file.</Alert>}
        <TableContainer sx={{ maxHeight: '50vh' }}>
          <Table size="small" stickyHeader aria-label="Hosts and their licences">
            <TableHead><TableRow><TableCell component="td" padding="checkbox" /><TableCell>Host</TableCell><TableCell>Edition</TableCell><TableCell>Licence</TableCell><TableCell>Outcome</TableCell></TableRow></TableHead>
            <TableBody>
              {places.map(place => {
                const key = keyOf(place), outcome = outcomes.get(key);
                return <SessionScope key={key} session={place.session}><HostRow of={place.ref} chosen={chosen.has(key)} disabled={busy} outcome={outcome} onToggle={() => { toggle(key); }} /></SessionScope>;
              })}
            </TableBody>
          </Table>
        </TableContainer>
      </Stack>
    </FormDialog>
  );
};

interface RowProps { of: Ref<'host'>; chosen: boolean; disabled: boolean; outcome: { ok: boolean; words: string } | undefined; onToggle: () => void }

const HostRow = ({ of, chosen, disabled, outcome, onToggle }: RowProps) => {
  const host = useRecord('host', of), { state } = useSessionView();
  if (!host) return null;
  return (
    <TableRow>
      <TableCell padding="checkbox"><Checkbox size="small" checked={chosen} disabled={disabled || state.at !== 'live'} onChange={onToggle} slotProps={{ input: { 'aria-label': host.name_label } }} /></TableCell>
      <TableCell sx={{ overflowWrap: 'anywhere' }}>{host.name_label}</TableCell>
      <TableCell>{editionWords(host)}</TableCell>
      <TableCell>{state.at === 'live' ? licenceWords(host) : 'Not connected now'}</TableCell>
      <TableCell sx={{ color: outcome?.ok === false ? 'error.main' : 'text.primary' }}>{outcome?.words}</TableCell>
    </TableRow>
  );
};
