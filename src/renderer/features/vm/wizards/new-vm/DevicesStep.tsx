import Add from '@mui/icons-material/Add';
import Close from '@mui/icons-material/Close';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import type { Ref } from '../../../../../shared/api';
import { useList, useSession } from '../../../../api';
import { NETWORKS } from '../../../../parts/lists';
import { firstPlace } from '../../../../parts/sr/places';
import { SrChoice } from '../../../../parts/sr/SrChoice';
import { bytesText } from '../../../../ui/text';
import { DISKS_MAX, NETWORKS_MAX } from './new-vm';
import type { StepProps } from './steps';

const NEW_DISK_GIB = '8';

/** Disks besides the template's own. */
export const DisksStep = ({ value, facts, problems, busy, change }: StepProps) => {
  const session = useSession();
  const set = (at: number, part: Partial<(typeof value.disks)[number]>): void => { change({ disks: value.disks.map((disk, i) => (i === at ? { ...disk, ...part } : disk)) }); };
  return (
    <Stack spacing={2}>
      <Typography variant="body2">{facts.diskBytes === undefined ? 'The template has no disk: its system needs one.' : `The template’s disk of ${bytesText(facts.diskBytes)} comes with it.`} A disk takes space only as it is written.</Typography>
      {problems.disks !== undefined && <Typography variant="body2" color="error" role="alert">{problems.disks}</Typography>}
      {value.disks.map((disk, i) => (
        <Stack key={i} direction={{ xs: 'column', sm: 'row' }} spacing={1} sx={{ alignItems: { sm: 'flex-start' }, '& > div': { flex: 1 } }} role="group" aria-label={`Disk ${i + 1}`}>
          <TextField label="Size" value={disk.gib} disabled={busy} onChange={event => { set(i, { gib: event.target.value }); }} slotProps={{ htmlInput: { inputMode: 'decimal' }, input: { endAdornment: <InputAdornment position="end">GiB</InputAdornment> } }} />
          <SrChoice label="On" value={disk.sr} disabled={busy} onChange={sr => { set(i, { sr }); }} />
          <IconButton aria-label={`Remove disk ${i + 1}`} disabled={busy} onClick={() => { change({ disks: value.disks.filter((_disk, at) => at !== i) }); }}><Close fontSize="small" /></IconButton>
        </Stack>
      ))}
      <div><Button startIcon={<Add />} disabled={busy || value.disks.length >= DISKS_MAX} onClick={() => { change({ disks: [...value.disks, { gib: NEW_DISK_GIB, sr: firstPlace(session) ?? '' }] }); }}>Add a disk</Button></div>
    </Stack>
  );
};

/** Which networks it is on. */
export const NetworksStep = ({ value, facts, busy, change }: StepProps) => {
  const session = useSession();
  const networks = useList(NETWORKS), chosen = value.networks ?? facts.networkRefs;
  return (
    <Stack spacing={2}>
      <Typography variant="body2">{chosen.length === 0 ? 'It has no network card.' : 'One network card for each; the host gives them addresses of their own.'}</Typography>
      {chosen.map((network, i) => (
        <Stack key={i} direction="row" spacing={1} sx={{ alignItems: 'flex-start' }}>
          <TextField select fullWidth label={`Network card ${i}`} value={networks.includes(network) ? network : ''} disabled={busy} onChange={event => { change({ networks: chosen.map((each, at) => (at === i ? event.target.value as Ref<'network'> : each)) }); }}>
            {networks.map(ref => <MenuItem key={ref} value={ref}>{session.records.get('network', ref)?.name_label || 'unnamed'}</MenuItem>)}
          </TextField>
          <IconButton aria-label={`Remove network card ${i}`} disabled={busy} onClick={() => { change({ networks: chosen.filter((_network, at) => at !== i) }); }}><Close fontSize="small" /></IconButton>
        </Stack>
      ))}
      <div><Button startIcon={<Add />} disabled={busy || networks.length === 0 || chosen.length >= NETWORKS_MAX} onClick={() => { change({ networks: [...chosen, (networks[0] ?? '') as Ref<'network'>] }); }}>Add a network card</Button></div>
    </Stack>
  );
};
