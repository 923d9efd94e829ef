import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { Ref, VMRecord } from '../../../../../shared/api';
import { NAME_MAX_CHARS } from '../../../../../shared/lib/limits';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { focusOnAppear } from '../../../../ui/focus';
import { freeVmName, type VmTarget } from '../../actions/vm-action';
import { fromSnapshot } from './snapshots';

type As = 'VM' | 'template';
interface Props { vm: VmTarget; snapshot: { ref: Ref<'VM'>; record: VMRecord }; as: As }
export const showFromSnapshot = (stage: Stage, of: Props): void => { stage.show(close => <FromSnapshotDialog {...of} stage={stage} close={close} />); };

const FromSnapshotDialog = ({ vm, snapshot, as, stage, close }: Props & { stage: Stage; close: () => void }) => {
  const { session } = vm;
  const [name, setName] = useState(() => freeVmName(session, `${vm.record.name_label} ${as === 'VM' ? 'copy' : 'template'}`));
  const [problem, setProblem] = useState<string | undefined>(undefined);
  return (
    <WorkDialog title={`New ${as} from “${snapshot.record.name_label}”`} verb="Create" failed={`Could not create “${name}”`} session={session} close={close}
      check={() => { const wrong = name.trim() === '' ? `Give the ${as} a name.` : undefined; setProblem(wrong); return wrong === undefined; }}
      apply={async signal => {
        const made = await fromSnapshot(vm, snapshot.ref, as, name.trim(), signal);
        stage.succeeded(`Created “${name.trim()}”`, { session, cls: 'VM', ref: made });
      }}>
      {busy => <TextField required label="Name" value={name} disabled={busy} inputRef={focusOnAppear} error={problem !== undefined} helperText={problem}
        onChange={event => { setName(event.target.value); setProblem(undefined); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />}
    </WorkDialog>
  );
};
