import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { Ref, VMApplianceRecord } from '../../../../../shared/api';
import type { Session } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { focusOnAppear } from '../../../../ui/focus';

/* The things of a VM's life that need a word typed. */

const REASON_MAX_CHARS = 255;
interface Props { session: Session; of: Ref<'VM'>; close: () => void }

export const showProtect = (stage: Stage, session: Session, ref: Ref<'VM'>): void => { stage.show(close => <Protect session={session} of={ref} close={close} />); };
export const showNewAppliance = (stage: Stage, session: Session, ref: Ref<'VM'>): void => { stage.show(close => <NewAppliance session={session} of={ref} close={close} />); };

export const showRenameAppliance = (stage: Stage, session: Session, group: Ref<'VM_appliance'>, name: string): void => {
  stage.show(close => <RenameAppliance session={session} of={group} now={name} close={close} />);
};

const Protect = ({ session, of: ref, close }: Props) => {
  const [reason, setReason] = useState('');
  return (
    <WorkDialog title="Protect from deletion" verb="Protect" failed="Could not protect the VM" session={session} width="xs" close={close}
      apply={() => session.call('VM.add_to_blocked_operations', ref, 'destroy', reason.trim() === '' ? 'true' : reason.trim())}>
      <Typography variant="body2">Nobody can delete the VM until the protection is lifted.</Typography>
      <TextField label="Reason" value={reason} inputRef={focusOnAppear} helperText="Shown to who tries to delete it." onChange={event => { setReason(event.target.value); }} slotProps={{ htmlInput: { maxLength: REASON_MAX_CHARS } }} />
    </WorkDialog>
  );
};

const NewAppliance = ({ session, of: ref, close }: Props) => {
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const apply = async (): Promise<void> => {
    const group = await session.call('VM_appliance.create', { name_label: name.trim(), name_description: '' } as VMApplianceRecord);
    // A group that the VM could not join is of no use to anybody.
    try { await session.call('VM.set_appliance', ref, group); } catch (error) { await session.call('VM_appliance.destroy', group); throw error; }
  };
  return (
    <WorkDialog title="New group" verb="Create" failed="Could not create the group" session={session} width="xs" close={close} apply={apply}
      check={() => { const wrong = name.trim() === '' ? 'Give the group a name.' : undefined; setProblem(wrong); return wrong === undefined; }}>
      <Typography variant="body2">VMs of a group (in XenAPI: an appliance) are started and shut down together, in their order.</Typography>
      <TextField required label="Name" value={name} inputRef={focusOnAppear} error={problem !== undefined} helperText={problem} onChange={event => { setName(event.target.value); setProblem(undefined); }}
        slotProps={{ htmlInput: { maxLength: REASON_MAX_CHARS } }} />
    </WorkDialog>
  );
};

const RenameAppliance = ({ session, of: ref, now, close }: { session: Session; of: Ref<'VM_appliance'>; now: string; close: () => void }) => {
  const [name, setName] = useState(now);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  return (
    <WorkDialog title={`Rename the group “${now}”`} verb="Rename" failed="Could not rename the group" session={session} width="xs" close={close} apply={() => session.call('VM_appliance.set_name_label', ref, name.trim())}
      check={() => { const wrong = name.trim() === '' ? 'Give the group a name.' : undefined; setProblem(wrong); return wrong === undefined; }}>
      <TextField required label="Name" value={name} inputRef={focusOnAppear} error={problem !== undefined} helperText={problem} onChange={event => { setName(event.target.value); setProblem(undefined); }}
        slotProps={{ htmlInput: { maxLength: REASON_MAX_CHARS } }} />
    </WorkDialog>
  );
};
