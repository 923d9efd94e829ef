import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { Ref } from '../../../../../shared/api';
import { type LocalFile, type Session, SessionScope, useList } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { NETWORKS } from '../../../../parts/lists';
import { SrChoice } from '../../../../parts/sr/SrChoice';
import { firstPlace } from '../../../../parts/sr/places';
import { bytesText } from '../../../../ui/text';

export const showImport = (stage: Stage, session: Session, file: LocalFile): void => {
  stage.show(close => <SessionScope session={session}><ImportDialog session={session} file={file} stage={stage} close={close} /></SessionScope>);
};

const ImportDialog = ({ session, file, stage, close }: { session: Session; file: LocalFile; stage: Stage; close: () => void }) => {
  const [sr, setSr] = useState<Ref<'SR'> | ''>(() => firstPlace(session) ?? '');
  const [network, setNetwork] = useState('');
  const [restore, setRestore] = useState(false);
  const networks = useList(NETWORKS);
  const apply = async (signal: AbortSignal): Promise<void> => {
    const vm = await session.importVm({ verb: 'import', subject: file.name }, signal, file, { sr, network, restore });
    stage.succeeded(`Imported “${file.name}”`, vm === undefined ? undefined : { session, cls: 'VM', ref: vm });
  };
  return (
    <WorkDialog title={`Import “${file.name}”`} verb="Import" failed={`Could not import “${file.name}”`} session={session} close={close} apply={apply} blocked={sr === ''}>
      {busy => (
        <>
          <Typography variant="body2" color="text.secondary">{busy ? 'Its progress is in the list of tasks.' : `A VM of XenServer, XCP-ng or a host of this kind (XVA), ${bytesText(file.sizeBytes)}. Every block is checked; what is damaged leaves nothing behind.`}</Typography>
          <SrChoice label="Storage" value={sr} disabled={busy} onChange={setSr} />
          <TextField select label="Network" value={network} disabled={busy} onChange={event => { setNetwork(event.target.value); }} slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
            helperText={network === '' ? 'A network that this host has not is made, internal: it leads nowhere until you connect it.' : undefined}>
            <MenuItem value="">The networks of the same names</MenuItem>
            {networks.map(ref => <MenuItem key={ref} value={ref}>{session.records.get('network', ref)?.name_label ?? ''}</MenuItem>)}
          </TextField>
          <FormControlLabel disabled={busy} label="Restore a lost VM: keep its uuid and its MAC addresses" control={<Checkbox size="small" checked={restore} onChange={(_event, on) => { setRestore(on); }} />} />
        </>
      )}
    </WorkDialog>
  );
};
