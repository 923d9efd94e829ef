import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { NAME_MAX_CHARS } from '../../../../../shared/lib/limits';
import { CallFailed } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { focusOnAppear } from '../../../../ui/focus';
import { RadioList } from '../../../../ui/RadioList';
import { listText } from '../../../../ui/text';
import { type VmTarget, whyNotRecord } from '../../actions/vm-action';
import { SNAPSHOT_OPERATIONS, type SnapshotKind, snapshotName, takeSnapshot } from './snapshots';

export const showTakeSnapshot = (stage: Stage, vms: readonly VmTarget[]): void => {
  if (vms.length > 0) stage.show(close => <TakeSnapshotDialog vms={vms} stage={stage} close={close} />);
};

const KINDS: readonly { id: SnapshotKind; title: string; detail: string }[] = [
  { id: 'disks', title: 'Disks only', detail: 'As after pulling the plug at that moment. The VM does not wait.' },
  { id: 'quiesced', title: 'Disks, quiesced', detail: 'The guest agent writes everything to the disks first.' },
  { id: 'memory', title: 'Disks and memory', detail: 'The VM goes on exactly where it was. It stands still while its memory is written.' },
];

const TakeSnapshotDialog = ({ vms, stage, close }: { vms: readonly VmTarget[]; stage: Stage; close: () => void }) => {
  const [first] = vms;
  const one = vms.length === 1 ? first : undefined;
  const [name, setName] = useState(() => (one ? snapshotName(one, Date.now()) : ''));
  const [description, setDescription] = useState('');
  const whyNot = (kind: SnapshotKind): string | undefined => {
    for (const { session, ref } of vms) {
      const vm = session.records.get('VM', ref);
      const why = whyNotRecord(session, vm, SNAPSHOT_OPERATIONS[kind]);
      if (why === undefined) continue;
      // While it could be taken without, it is the agent that is missing.
      const running = vm?.power_state === 'Running' && whyNotRecord(session, vm, 'snapshot') === undefined;
      return kind === 'quiesced' && running ? 'No guest agent answers in the VM.' : why;
    }
    return undefined;
  };
  const [kind, setKind] = useState<SnapshotKind>(() => KINDS.find(each => whyNot(each.id) === undefined)?.id ?? 'disks');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  if (!first) return null;
  const names = listText(vms.map(({ record }) => `“${record.name_label}”`));

  const apply = async (signal: AbortSignal): Promise<void> => {
    for (const vm of vms) {
      if (signal.aborted) throw new CallFailed({ kind: 'aborted' });
      await takeSnapshot(vm, kind, one ? name.trim() : snapshotName(vm, Date.now()), description.trim(), signal);
      stage.succeeded(`Took a snapshot of “${vm.record.name_label}”`, vm.target);
    }
  };
  return (
    <WorkDialog title={`Take a snapshot of ${names}`} verb="Take snapshot" failed={`Could not take a snapshot of ${names}`} session={first.session} close={close} apply={apply}
      blocked={whyNot(kind) !== undefined}
      check={() => { const wrong = one && name.trim() === '' ? 'Give the snapshot a name.' : undefined; setProblem(wrong); return wrong === undefined; }}>
      {busy => (
        <>
          {one && <TextField required label="Name" value={name} inputRef={focusOnAppear} disabled={busy} error={problem !== undefined} helperText={problem}
            onChange={event => { setName(event.target.value); setProblem(undefined); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />}
          <TextField label="Description" value={description} disabled={busy} onChange={event => { setDescription(event.target.value); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
          <RadioList label="What is kept" value={kind} disabled={busy} choices={KINDS.map(each => ({ ...each, why: whyNot(each.id) }))} onChange={id => { setKind(KINDS.find(each => each.id === id)?.id ?? kind); }} />
        </>
      )}
    </WorkDialog>
  );
};
