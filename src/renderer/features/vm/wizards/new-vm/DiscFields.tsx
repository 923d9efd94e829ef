import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { Ref, SRRecord } from '../../../../../shared/api';
import { type Session, useList, useRecords, useSession, useWorld } from '../../../../api';
import { whyNotOffered } from '../../../../parts/actions/offered';
import { useScreen } from '../../../../parts/actions/stage';
import { hasPlugin, NOT_OURS } from '../../../../parts/host/plugin';
import { SRS } from '../../../../parts/lists';
import { showFetchIso } from '../../../../parts/sr/FetchIsoDialog';
import { isAttached, isIsoLibrary } from '../../../../parts/sr/places';
import { carryIsoIn } from '../../../../parts/transfer/imports';
import type { StepProps } from './steps';

/** Those of the libraries, and new ones brought into a library from here. */
export const DiscFields = ({ value, facts, problems, busy, change }: StepProps) => {
  const session = useSession(), world = useWorld(), stage = useScreen(), srs = useRecords('SR', useList(SRS)), isos = discsOf(session, srs.map(({ record }) => record));
  useRecords('VDI', isos.map(({ ref }) => ref));
  const libraries = srs.filter(({ record }) => isIsoLibrary(record) && whyNotOffered(session, record, 'vdi_create', 'x', 'http/put_import_raw_vdi') === undefined);
  const [library, setLibrary] = useState(''), [coming, setComing] = useState<string | undefined>(undefined);
  const chosen = libraries.find(({ ref }) => ref === library) ?? libraries[0], whyNot = chosen ? undefined : 'No ISO library here takes images now: make one first (New storage).';
  const take = (vdi: Ref<'VDI'>): void => { setComing(undefined); change({ iso: vdi }); };
  const upload = async (): Promise<void> => {
    const [file] = await world.chooseFiles('iso');
    if (!file || !chosen) return;
    setComing(file.name);
    await carryIsoIn(stage, session, { file, sr: chosen.ref as Ref<'SR'>, made: take });
    setComing(undefined);
  };
  return (
    <>
      <TextField select required label="Disc image" value={isos.some(({ ref }) => ref === value.iso) ? value.iso : ''} disabled={busy} error={problems.iso !== undefined} helperText={problems.iso ?? (isos.length === 0 ? 'There is none in a library of this host yet.' : undefined)} onChange={event => { change({ iso: event.target.value as Ref<'VDI'> }); }}>
        {isos.map(({ ref, text }) => <MenuItem key={ref} value={ref}>{text}</MenuItem>)}
      </TextField>
      <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap', alignItems: 'center' }}>
        <Button variant="outlined" size="small" disabled={busy || coming !== undefined || whyNot !== undefined} onClick={() => { void upload(); }}>Upload from this computer…</Button>
        <Button variant="outlined" size="small" disabled={busy || whyNot !== undefined || !hasPlugin(session)} title={hasPlugin(session) ? undefined : NOT_OURS} onClick={() => { if (chosen) showFetchIso(stage, { session, ref: chosen.ref as Ref<'SR'>, record: chosen.record, made: take }); }}>Fetch by URL…</Button>
        {libraries.length > 1 && (
          <TextField select size="small" label="Into the library" value={chosen?.ref ?? ''} disabled={busy} sx={{ minWidth: '12em' }} onChange={event => { setLibrary(event.target.value); }}>
            {libraries.map(({ ref, record }) => <MenuItem key={ref} value={ref}>{record.name_label || 'unnamed'}</MenuItem>)}
          </TextField>
        )}
      </Box>
      {facts.windows && (
        <TextField select label="Drivers’ disc" value={isos.some(({ ref }) => ref === value.drivers) ? value.drivers : ''} disabled={busy} helperText="In a second drive: Windows’ set-up finds the disk only with the virtio drivers of such a disc (virtio-win)." slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
          onChange={event => { change({ drivers: event.target.value as Ref<'VDI'> | '' }); }}>
          <MenuItem value="">None</MenuItem>
          {isos.map(({ ref, text }) => <MenuItem key={ref} value={ref}>{text}</MenuItem>)}
        </TextField>
      )}
      <Typography variant="body2" role="status" sx={{ color: 'text.secondary' }}>{whyNot ?? (coming === undefined ? '' : `“${coming}” is coming: how far it is stands in the list of tasks. It is chosen when all of it is there.`)}</Typography>
    </>
  );
};

export const discsOf = (session: Session, srs: readonly SRRecord[]): readonly { ref: string; text: string }[] => srs.flatMap(sr => (isIsoLibrary(sr) && isAttached(session, sr)
  ? sr.VDIs.flatMap(vdi => { const record = session.records.get('VDI', vdi); return record && !record.missing ? [{ ref: vdi, text: `${record.name_label} (${sr.name_label})` }] : []; }) : []));
