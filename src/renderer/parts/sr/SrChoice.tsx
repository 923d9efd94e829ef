import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import type { Ref } from '../../../shared/api';
import { useList, useSession } from '../../api';
import { bytesText } from '../../ui/text';
import { SRS } from '../lists';
import { diskPlaces } from './places';

interface Props {
  label: string;
  value: Ref<'SR'> | '';
  disabled?: boolean;
  problem?: string | undefined;
  /** Not offered: where it is already. */
  except?: Ref<'SR'>;
  /** What stands first, for "no choice". */
  none?: string;
  onChange: (sr: Ref<'SR'> | '') => void
}

/** A storage repository for a disk, with the free space of each. */
export const SrChoice = ({ label, value, disabled = false, problem, except, none, onChange }: Props) => {
  const session = useSession();
  useList(SRS);
  const places = diskPlaces(session).filter(place => place.ref !== except);
  return (
    <TextField select required={none === undefined} label={label} disabled={disabled} error={problem !== undefined}
      helperText={problem ?? (places.length === 0 ? 'There is no other storage repository that takes disks.' : undefined)}
      value={places.some(place => place.ref === value) ? value : ''} onChange={event => { onChange(event.target.value as Ref<'SR'> | ''); }}
      slotProps={none === undefined ? {} : { select: { displayEmpty: true }, inputLabel: { shrink: true } }}>
      {none !== undefined && <MenuItem value="">{none}</MenuItem>}
      {places.map(({ ref, sr, why }) => (
        <MenuItem key={ref} value={ref} disabled={why !== undefined}>{sr.name_label || 'unnamed'} ({why ?? `${bytesText(Math.max(0, sr.physical_size - sr.physical_utilisation))} free`})</MenuItem>
      ))}
    </TextField>
  );
};
