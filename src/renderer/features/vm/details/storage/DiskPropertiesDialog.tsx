import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useEffect, useState } from 'react';
import type { Ref, VBDRecord, VDIRecord } from '../../../../../shared/api';
import { NAME_MAX_CHARS } from '../../../../../shared/lib/limits';
import type { Session } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { focusOnAppear } from '../../../../ui/focus';
import { useLacks, whyWithout } from '../../../../parts/host/lacks';
import { hasPlugin } from '../../../../parts/host/plugin';
import { DISK_WEIGHT, setEntry, USUAL_WEIGHT, weightProblem, wholeNumber } from '../vm-field';
import { limitsOf, setLimits } from './disks';

interface Props { session: Session; of: Ref<'VBD'>; vbd: VBDRecord; vdi: VDIRecord; stage: Stage }
export const showDiskProperties = (props: Props): void => { props.stage.show(close => <DiskPropertiesDialog {...props} close={close} />); };

const LIMIT_MAX = 1_000_000_000;
/** Its own, and those that are free. */
const useFreePositions = (session: Session, { VM: vm, userdevice }: VBDRecord): string[] => {
  const [free, setFree] = useState<readonly string[]>([]);
  useEffect(() => {
    let shown = true;
    session.call('VM.get_allowed_VBD_devices', vm).then(found => { if (shown) setFree(found); }, () => { /* then it stays where it is */ });
    return () => { shown = false; };
  }, [session, vm]);
  return [...new Set([userdevice, ...free])].sort((a, b) => Number(a) - Number(b));
};

interface Problems { name?: string; kbps?: string; iops?: string; weight?: string }
const limitProblem = (text: string): string | undefined => (text.trim() === '' ? undefined : wholeNumber(1, LIMIT_MAX)(text.trim()));

/** Name, access, limits of one disk. Only what was changed is sent. */
const DiskPropertiesDialog = ({ session, of: ref, vbd, vdi, stage, close }: Props & { close: () => void }) => {
  const before = { position: vbd.userdevice, name: vdi.name_label, description: vdi.name_description, readOnly: vbd.mode === 'RO', bootable: vbd.bootable, weight: session.records.get('VM', vbd.VM)?.other_config[DISK_WEIGHT] ?? '', ...limitsOf(vbd) };
  const lack = whyWithout(useLacks(session, 'host_lacks'), 'disk-weight');
  const [value, setValue] = useState(before);
  const [problems, setProblems] = useState<Problems>({});
  const positions = useFreePositions(session, vbd);
  const change = (part: Partial<typeof before>): void => { setValue({ ...value, ...part }); setProblems({}); };
  const check = (): boolean => {
    const [kbps, iops, weight] = [limitProblem(value.kbps), limitProblem(value.iops), value.weight.trim() === '' ? undefined : weightProblem(value.weight.trim())];
    const wrong: Problems = { ...(value.name.trim() === '' && { name: 'Give the disk a name.' }), ...(kbps !== undefined && { kbps }), ...(iops !== undefined && { iops }), ...(weight !== undefined && { weight }) };
    setProblems(wrong);
    return Object.keys(wrong).length === 0;
  };
  const apply = async (): Promise<void> => {
    if (value.name.trim() !== before.name) await session.call('VDI.set_name_label', vbd.VDI, value.name.trim());
    if (value.description !== before.description) await session.call('VDI.set_name_description', vbd.VDI, value.description);
    if (value.bootable !== before.bootable) await session.call('VBD.set_bootable', ref, value.bootable);
    if (value.kbps !== before.kbps || value.iops !== before.iops) await setLimits(session, ref, { kbps: value.kbps.trim(), iops: value.iops.trim() });
    if (value.weight !== before.weight) await setEntry(session, vbd.VM, 'other_config', DISK_WEIGHT, value.weight.trim() || undefined);
    if (value.position !== before.position) await session.call('VBD.set_userdevice', ref, value.position);
    if (value.readOnly !== before.readOnly) await session.call('VBD.set_mode', ref, value.readOnly ? 'RO' : 'RW');
    stage.succeeded(`Changed disk “${value.name.trim()}”`);
  };
  const fixedMode = vbd.currently_attached ? 'only while it is unplugged' : vdi.read_only ? 'the disk itself is read only' : undefined;
  return (
    <WorkDialog title={`Disk “${vdi.name_label}”`} verb="Save" failed={`Could not change “${vdi.name_label}”`} session={session} close={close} check={check} apply={apply}>
      {busy => (
        <>
          <TextField required label="Name" value={value.name} disabled={busy} inputRef={focusOnAppear} error={problems.name !== undefined} helperText={problems.name} onChange={event => { change({ name: event.target.value }); }}
            slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
          <TextField label="Description" value={value.description} disabled={busy} onChange={event => { change({ description: event.target.value }); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
          <TextField select label="Position" value={value.position} disabled={busy || vbd.currently_attached} onChange={event => { change({ position: event.target.value }); }}
            helperText={vbd.currently_attached ? 'Only while it is unplugged.' : 'Disks are tried in this order when the VM boots. Only free positions are offered.'}>
            {positions.map(position => <MenuItem key={position} value={position}>{position}</MenuItem>)}
          </TextField>
          <FormControlLabel disabled={busy || fixedMode !== undefined} control={<Checkbox size="small" checked={value.readOnly} onChange={(_event, checked) => { change({ readOnly: checked }); }} />}
            label={fixedMode === undefined ? 'Read only' : `Read only (${fixedMode})`} />
          <FormControlLabel disabled={busy} control={<Checkbox size="small" checked={value.bootable} onChange={(_event, checked) => { change({ bootable: checked }); }} />} label="The VM may boot from it" />
          <TextField label="Limit of throughput" value={value.kbps} disabled={busy} error={problems.kbps !== undefined} helperText={problems.kbps ?? 'Empty: no limit'} onChange={event => { change({ kbps: event.target.value }); }}
            slotProps={{ htmlInput: { inputMode: 'numeric' }, input: { endAdornment: <InputAdornment position="end">kB/s</InputAdornment> } }} />
          <TextField label="Limit of operations" value={value.iops} disabled={busy} error={problems.iops !== undefined} helperText={problems.iops ?? 'Empty: no limit'} onChange={event => { change({ iops: event.target.value }); }}
            slotProps={{ htmlInput: { inputMode: 'numeric' }, input: { endAdornment: <InputAdornment position="end">IOPS</InputAdornment> } }} />
          {hasPlugin(session) && (
            <TextField label="Priority of all disks of this VM" value={value.weight} disabled={busy} error={problems.weight !== undefined} onChange={event => { change({ weight: event.target.value }); }} slotProps={{ htmlInput: { inputMode: 'numeric' } }}
              helperText={problems.weight ?? lack ?? `Against other VMs, when a disk of the host is busy. ${USUAL_WEIGHT} is normal (empty), twice as much is twice the share.`} />
          )}
        </>
      )}
    </WorkDialog>
  );
};
