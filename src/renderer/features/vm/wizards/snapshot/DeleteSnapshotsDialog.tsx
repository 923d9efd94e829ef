import Typography from '@mui/material/Typography';
import type { Ref, VMRecord } from '../../../../../shared/api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { bytesText, listText } from '../../../../ui/text';
import type { VmTarget } from '../../actions/vm-action';
import { deleteVm, disksOf } from '../delete/delete-vms';

interface Snapshot { ref: Ref<'VM'>; record: VMRecord }
export const showDeleteSnapshots = (stage: Stage, vm: VmTarget, snapshots: readonly Snapshot[]): void => {
  stage.show(close => <DeleteSnapshotsDialog vm={vm} snapshots={snapshots} stage={stage} close={close} />);
};

/** A snapshot and its disks, which nobody else uses. The VM and its other snapshots lose nothing. */
const DeleteSnapshotsDialog = ({ vm, snapshots, stage, close }: { vm: VmTarget; snapshots: readonly Snapshot[]; stage: Stage; close: () => void }) => {
  const names = listText(snapshots.map(({ record }) => `“${record.name_label}”`));
  const plan = snapshots.map(({ ref, record }) => {
    const target: VmTarget = { session: vm.session, ref, record, target: { session: vm.session, cls: 'VM', ref } };
    return { target, disks: disksOf(target).filter(disk => disk.stays === undefined) };
  });
  const disks = plan.flatMap(each => each.disks);
  return (
    <WorkDialog title={`Delete ${snapshots.length === 1 ? 'snapshot' : 'snapshots'} ${names}?`} verb="Delete" danger failed={`Could not delete ${names}`} session={vm.session} close={close}
      apply={async () => { for (const { target, disks: own } of plan) await deleteVm(target, own); stage.succeeded(`Deleted snapshot ${names}`, vm.target); }}>
      <Typography variant="body2">
        There is no way back to {snapshots.length === 1 ? 'it' : 'them'} afterwards. “{vm.record.name_label}” itself and its other snapshots stay as they are.
      </Typography>
      {disks.length > 0 && <Typography variant="body2">What was kept of the disks goes too: {listText(disks.map(disk => `“${disk.name}” (${bytesText(disk.sizeBytes)} on ${disk.srName})`))}.</Typography>}
    </WorkDialog>
  );
};
