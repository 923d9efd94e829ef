import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useList, useRecords, useSession } from '../../../../api';
import { hasPlugin, NOT_OURS } from '../../../../parts/host/plugin';
import { SRS } from '../../../../parts/lists';
import { isAttached, isIsoLibrary } from '../../../../parts/sr/places';
import { RadioList } from '../../../../ui/RadioList';
import { DiscFields } from './DiscFields';
import { RepositoryFields } from './RepositoryFields';
import type { StepProps } from './steps';

/** Where the system comes from. */
export const SourceStep = (props: StepProps) => {
  const { value, facts, busy, change } = props;
  const session = useSession();
  const libraries = useRecords('SR', useList(SRS)).filter(({ record }) => isIsoLibrary(record) && isAttached(session, record));
  return (
    <Stack spacing={2}>
      <RadioList first label="Where does its system come from?" disabled={busy} value={value.source} onChange={source => { change({ source: source as typeof value.source }); }} choices={[
        { id: 'template', title: 'The template', detail: 'What is on the template’s disk; a template without one starts from its boot order.', why: undefined },
        { id: 'iso', title: 'A disc image', detail: 'Starts from the disk when there is a system on it, else from the disc.', why: libraries.length === 0 ? 'This host has no ISO library: make one first (New storage).' : undefined },
        { id: 'repository', title: 'A network repository', detail: 'Installs from a tree like Debian’s or Red Hat’s: its installer starts once, then the VM starts from its disk.', why: hasPlugin(session) ? undefined : NOT_OURS },
        { id: 'pxe', title: 'The network (PXE)', detail: 'Starts from the disk when there is a system on it, else by its first network card.', why: (value.networks?.length ?? facts.networks) === 0 ? 'It has no network card.' : undefined },
      ]} />
      {value.source === 'iso' && <DiscFields {...props} />}
      {value.source === 'repository' && <RepositoryFields {...props} />}
      <TextField select label="Firmware" value={value.firmware} disabled={busy} slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }} onChange={event => { change({ firmware: event.target.value as typeof value.firmware }); }}>
        <MenuItem value="">As the template has it</MenuItem>
        <MenuItem value="bios">BIOS</MenuItem>
        <MenuItem value="uefi">UEFI</MenuItem>
      </TextField>
    </Stack>
  );
};
