import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { Ref, VMRecord } from '../../../../../shared/api';
import { readDate } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { dateText } from '../../../../ui/text';
import { type VmTarget, whyNotRecord } from '../../actions/vm-action';
import { hasMemory, revert } from './snapshots';

export const showRevert = (stage: Stage, vm: VmTarget, snapshot: { ref: Ref<'VM'>; record: VMRecord }): void => {
  stage.show(close => <RevertDialog vm={vm} snapshot={snapshot} stage={stage} close={close} />);
};

/** What is thrown away is said, and kept unless told otherwise. */
const RevertDialog = ({ vm, snapshot: { ref, record }, stage, close }: { vm: VmTarget; snapshot: { ref: Ref<'VM'>; record: VMRecord }; stage: Stage; close: () => void }) => {
  const noSnapshot = whyNotRecord(vm.session, vm.session.records.get('VM', vm.ref), 'snapshot');
  const [first, setFirst] = useState(true);
  const [start, setStart] = useState(false);
  const taken = readDate(record.snapshot_time);
  const what = `Could not go back to “${record.name_label}”`;
  return (
    <WorkDialog title={`Go back to “${record.name_label}”?`} verb="Revert" danger failed={what} session={vm.session} close={close}
      apply={async signal => { await revert(vm, ref, { first: first && noSnapshot === undefined, start }, signal); stage.succeeded(`“${vm.record.name_label}” is back at “${record.name_label}”`, vm.target); }}>
      {busy => (
        <>
          <Typography variant="body2">
            The disks of “{vm.record.name_label}” become what they were{taken === undefined ? '' : ` on ${dateText(taken)}`}. What was written since is gone
            {first && noSnapshot === undefined ? ', but for the snapshot of now.' : ' for good.'} {vm.record.power_state === 'Running' || vm.record.power_state === 'Paused' ? 'The VM is forced off for it.' : ''}
          </Typography>
          <FormControlLabel disabled={busy || noSnapshot !== undefined} control={<Checkbox size="small" checked={first && noSnapshot === undefined} onChange={(_event, checked) => { setFirst(checked); }} />}
            label={noSnapshot === undefined ? 'Take a snapshot of now first' : `Take a snapshot of now first: ${noSnapshot}`} />
          <FormControlLabel disabled={busy} control={<Checkbox size="small" checked={start} onChange={(_event, checked) => { setStart(checked); }} />}
            label={hasMemory(record) ? 'Let it go on afterwards, where it was' : 'Start it afterwards'} />
        </>
      )}
    </WorkDialog>
  );
};
