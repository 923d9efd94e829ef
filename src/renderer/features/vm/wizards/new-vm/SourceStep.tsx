import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import type { Ref } from '../../../../../shared/api';
import { useList, useSession } from '../../../../api';
import { SRS } from '../../../../parts/lists';
import { isAttached, isIsoLibrary } from '../../../../parts/sr/places';
import { RadioList } from '../../../../ui/RadioList';
import type { StepProps } from './steps';

/** Where the system comes from. */
export const SourceStep = ({ value, facts, problems, busy, change }: StepProps) => {
  const session = useSession();
  const isos = useList(SRS).flatMap(ref => {
    const sr = session.records.get('SR', ref);
    return sr && isIsoLibrary(sr) && isAttached(session, sr) ? sr.VDIs.flatMap(vdi => { const record = session.records.get('VDI', vdi); return record && !record.missing ? [{ ref: vdi, text: `${record.name_label} (${sr.name_label})` }] : []; }) : [];
  });
  return (
    <Stack spacing={2}>
      <RadioList first label="Where does its system come from?" disabled={busy} value={value.source} onChange={source => { change({ source: source as typeof value.source }); }} choices={[
        { id: 'template', title: 'The template', detail: 'What is on the template’s disk; a template without one starts from its boot order.', why: undefined },
        { id: 'iso', title: 'A disc image', detail: 'Starts from the disk when there is a system on it, else from the disc.', why: isos.length === 0 ? 'There is no disc image in an ISO library of this host. Upload one there first.' : undefined },
        { id: 'pxe', title: 'The network (PXE)', detail: 'Starts from the disk when there is a system on it, else by its first network card.', why: (value.networks?.length ?? facts.networks) === 0 ? 'It has no network card.' : undefined },
      ]} />
      {value.source === 'iso' && (
        <TextField select required label="Disc image" value={isos.some(({ ref }) => ref === value.iso) ? value.iso : ''} disabled={busy} error={problems.iso !== undefined} helperText={problems.iso} onChange={event => { change({ iso: event.target.value as Ref<'VDI'> }); }}>
          {isos.map(({ ref, text }) => <MenuItem key={ref} value={ref}>{text}</MenuItem>)}
        </TextField>
      )}
      <TextField select label="Firmware" value={value.firmware} disabled={busy} slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }} onChange={event => { change({ firmware: event.target.value as typeof value.firmware }); }}>
        <MenuItem value="">As the template has it</MenuItem>
        <MenuItem value="bios">BIOS</MenuItem>
        <MenuItem value="uefi">UEFI</MenuItem>
      </TextField>
    </Stack>
  );
};
