import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { type Failure, failureOf } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { FailureView } from '../../../../parts/errors/FailureView';
import { FormDialog } from '../../../../ui/FormDialog';
import { bytesText, listText } from '../../../../ui/text';
import type { VmTarget } from '../../actions/vm-action';
import { deleteVm, type DiskChoice, disksOf, savedMemoryOf, snapshotsOf } from './delete-vms';

export const showDelete = (stage: Stage, vms: readonly VmTarget[]): void => {
  stage.show(close => <DeleteDialog vms={vms} stage={stage} close={close} />);
};

/** Names all that will be gone, before it is. */
const DeleteDialog = ({ vms, stage, close }: { vms: readonly VmTarget[]; stage: Stage; close: () => void }) => {
  // As it was when the dialog opened: what is listed is what is deleted.
  const [plan, setPlan] = useState(() => vms.map(vm => ({ vm, disks: disksOf(vm), snapshots: snapshotsOf(vm), memory: savedMemoryOf(vm).length > 0 })));
  const [kept, setKept] = useState<ReadonlySet<string>>(() => new Set());
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const disks = plan.flatMap(each => each.disks);
  const names = listText(plan.map(({ vm }) => `“${vm.record.name_label}”`));
  const chosen = (disk: DiskChoice): boolean => disk.stays === undefined && !kept.has(disk.vdi);
  const chosenDisks = disks.filter(chosen);

  const apply = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    for (const { vm, disks: own } of plan) {
      try { await deleteVm(vm, own.filter(chosen)); } catch (error) {
        setFailure(failureOf(error));
        setBusy(false);
        setPlan(current => current.filter(each => each.vm.session.records.get('VM', each.vm.ref) !== undefined));
        return;
      }
      stage.succeeded(`Deleted “${vm.record.name_label}”`);
    }
    const session = vms[0]?.session;
    if (session) stage.select({ session, cls: 'session', ref: session.id });
    close();
  };

  return (
    <FormDialog title={plan.length === 0 ? 'Delete' : `Delete ${names}?`} verb={disks.length === 0 ? 'Delete' : deleteVerb(plan.length, chosenDisks.length)} danger
      busy={busy} blocked={plan.length === 0}
      leave={busy || plan.length === 0 ? 'Close' : 'Cancel'} onCancel={close} onApply={() => { void apply(); }}>
      {failure && <FailureView what={`Could not delete ${names}`} failure={failure} session={vms[0]?.session} />}
      <Typography variant="body2" sx={{ mt: failure ? 2 : 0 }}>{plan.length === 1 ? 'The VM' : `${plan.length} VMs`} and the disks chosen here will be gone for good. There is no way back.</Typography>
      {plan.filter(({ snapshots }) => snapshots.length > 0).map(({ vm, snapshots }) => (
        <Typography key={vm.ref} variant="body2" sx={{ mt: 1 }}>
          {snapshots.length === 1 ? 'The snapshot' : `The ${snapshots.length} snapshots`} of “{vm.record.name_label}” {snapshots.length === 1 ? 'goes' : 'go'} with it: {listText(snapshots.map(({ name }) => `“${name}”`))}.
        </Typography>
      ))}
      {plan.some(({ memory }) => memory) && <Typography variant="body2" sx={{ mt: 1 }}>So does the memory that was saved with {listText(plan.filter(({ memory }) => memory).map(({ vm }) => `“${vm.record.name_label}”`))}.</Typography>}
      {disks.length > 0 && (
        <List dense aria-label="Disks" sx={{ mt: 1 }}>
          {disks.map(disk => (
            <ListItem key={disk.vdi} disableGutters sx={{ py: 0 }}>
              <FormControlLabel disabled={disk.stays !== undefined || busy}
                control={<Checkbox size="small" checked={chosen(disk)} onChange={(_event, checked) => { setKept(toggled(kept, disk.vdi, !checked)); }} />}
                label={<Typography variant="body2">Delete disk “{disk.name}” ({bytesText(disk.sizeBytes)} on {disk.srName}{disk.snapshot === undefined ? '' : `, of snapshot “${disk.snapshot}”`}){disk.stays === undefined ? '' : `: stays, ${disk.stays}`}</Typography>} />
            </ListItem>
          ))}
        </List>
      )}
    </FormDialog>
  );
};

const deleteVerb = (vms: number, disks: number): string =>
  `Delete ${vms === 1 ? 'VM' : `${vms} VMs`}${disks === 0 ? ', keep disks' : disks === 1 ? ' and 1 disk' : ` and ${disks} disks`}`;
const toggled = (set: ReadonlySet<string>, key: string, member: boolean): ReadonlySet<string> => {
  const next = new Set(set);
  if (member) next.add(key); else next.delete(key);
  return next;
};
