import Alert from '@mui/material/Alert';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemText from '@mui/material/ListItemText';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { Ref } from '../../../shared/api';
import { type LocalFile, type Session, SessionScope, useList, useRecords } from '../../api';
import { FormDialog } from '../../ui/FormDialog';
import { bytesText } from '../../ui/text';
import type { Stage } from '../actions/action';
import { NETWORKS, SRS, VMS } from '../lists';
import { SrChoice } from '../sr/SrChoice';
import { whyNotOffered } from '../actions/offered';
import { firstPlace, isIsoLibrary } from '../sr/places';
import { carryDiskIn, carryIsoIn, carryVmIn } from './imports';
import { isDisk, isVm, kindWords } from './kinds';

export interface ImportTo { sr?: Ref<'SR'> | undefined; vm?: Ref<'VM'> | undefined }
/** Whatever the files are: VMs, disks, disc images. */
export const showImport = (stage: Stage, session: Session, files: readonly LocalFile[], to: ImportTo = {}): void => {
  if (files.length > 0) stage.show(close => <SessionScope session={session}><ImportDialog session={session} files={files} to={to} stage={stage} close={close} /></SessionScope>);
};

interface Wish { sr: Ref<'SR'> | ''; network: string; restore: boolean; vm: Ref<'VM'> | ''; library: Ref<'SR'> | '' }

const ImportDialog = ({ session, files, to, stage, close }: { session: Session; files: readonly LocalFile[]; to: ImportTo; stage: Stage; close: () => void }) => {
  const libraries = useRecords('SR', useList(SRS)).filter(({ record }) => isIsoLibrary(record) && whyNotOffered(session, record, 'vdi_create', 'It takes no new images now.', 'http/put_import_raw_vdi') === undefined);
  const [wish, setWish] = useState<Wish>(() => ({ sr: to.sr ?? firstPlace(session) ?? '', network: '', restore: false, vm: to.vm ?? '', library: (libraries[0]?.ref ?? '') as Ref<'SR'> | '' }));
  const change = (part: Partial<Wish>): void => { setWish({ ...wish, ...part }); };
  const vms = files.filter(({ kind }) => isVm(kind)), disks = files.filter(({ kind }) => isDisk(kind)), isos = files.filter(({ kind }) => kind === 'iso'), known = vms.length + disks.length + isos.length;
  const blocked = known === 0 || (vms.length + disks.length > 0 && wish.sr === '') || (isos.length > 0 && wish.library === '');
  const apply = (): void => {
    for (const file of vms) carryVmIn(stage, session, { file, sr: wish.sr, network: wish.network, restore: wish.restore });
    for (const file of disks) if (isDisk(file.kind) && wish.sr !== '') carryDiskIn(stage, session, { file, format: file.kind, sr: wish.sr, name: file.name.replace(/\.[a-z0-9]+$/i, ''), vm: wish.vm === '' ? undefined : wish.vm });
    for (const file of isos) if (wish.library !== '') void carryIsoIn(stage, session, { file, sr: wish.library });
    close();
  };
  return (
    <FormDialog title={files.length === 1 ? `Import “${files[0]?.name ?? ''}”` : `Import ${files.length} files`} verb="Import" blocked={blocked} onApply={apply} onCancel={close}>
      <List dense disablePadding aria-label="Files">
        {files.map(file => <ListItem key={file.id} disableGutters sx={{ py: 0 }}><ListItemText primary={file.name} secondary={`${bytesText(file.sizeBytes)}, ${kindWords(file.kind)}${file.kind === 'unknown' ? ': it is left out' : ''}`} slotProps={{ primary: { sx: { overflowWrap: 'anywhere' } }, secondary: { sx: { color: file.kind === 'unknown' ? 'error.main' : 'text.secondary' } } }} /></ListItem>)}
      </List>
      {known === 0 && <Alert severity="error" sx={{ mt: 1 }}>Nothing here can be imported. Taken are VMs (XVA, OVA, OVF), disks (VHD, VHDX, VMDK, qcow2, raw) and disc images (ISO).</Alert>}
      <Fields session={session} wish={wish} change={change} vms={vms.length} disks={disks.length} isos={isos.length} libraries={libraries} />
    </FormDialog>
  );
};

/** Only what these files need. */
const Fields = ({ session, wish, change, vms, disks, isos, libraries }: { session: Session; wish: Wish; change: (part: Partial<Wish>) => void; vms: number; disks: number; isos: number; libraries: readonly { ref: string; record: { name_label: string } }[] }) => {
  const networks = useRecords('network', useList(NETWORKS)), owners = useRecords('VM', useList(VMS)), above = { mt: 2 };
  const shown = { select: { displayEmpty: true }, inputLabel: { shrink: true } };
  return (
    <>
      {vms + disks > 0 && <div style={{ marginTop: 16, display: 'grid' }}><SrChoice label="Storage" value={wish.sr} onChange={sr => { change({ sr }); }} /></div>}
      {vms > 0 && (
        <TextField select fullWidth sx={above} label="Network" value={wish.network} onChange={event => { change({ network: event.target.value }); }} slotProps={shown}
          helperText={wish.network === '' ? `A network that “${session.view.get().address}” has not is made, internal: it leads nowhere until you connect it.` : 'All network cards go there.'}>
          <MenuItem value="">The networks of the same names</MenuItem>
          {networks.map(({ ref, record }) => <MenuItem key={ref} value={ref}>{record.name_label || 'unnamed'}</MenuItem>)}
        </TextField>
      )}
      {vms > 0 && <FormControlLabel sx={{ mt: 1 }} label="Restore a lost VM: keep its uuid and its MAC addresses" control={<Checkbox size="small" checked={wish.restore} onChange={(_event, restore) => { change({ restore }); }} />} />}
      {disks > 0 && (
        <TextField select fullWidth sx={above} label={disks === 1 ? 'Give the disk to' : 'Give the disks to'} value={wish.vm} onChange={event => { change({ vm: event.target.value as Ref<'VM'> | '' }); }} slotProps={shown}>
          <MenuItem value="">No VM</MenuItem>
          {owners.map(({ ref, record }) => <MenuItem key={ref} value={ref}>{record.name_label || 'unnamed'}</MenuItem>)}
        </TextField>
      )}
      {isos > 0 && (
        <TextField select required fullWidth sx={above} label="ISO library" value={wish.library} onChange={event => { change({ library: event.target.value as Ref<'SR'> | '' }); }} helperText={libraries.length === 0 ? 'No ISO library here takes images now: make one first (New storage).' : undefined}>
          {libraries.map(({ ref, record }) => <MenuItem key={ref} value={ref}>{record.name_label || 'unnamed'}</MenuItem>)}
        </TextField>
      )}
    </>
  );
};
