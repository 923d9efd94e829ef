import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { NULL_REF, type Ref } from '../../../../../shared/api';
import { NAME_MAX_CHARS } from '../../../../../shared/lib/limits';
import { SessionScope } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { SrChoice } from '../../../../parts/sr/SrChoice';
import { focusOnAppear } from '../../../../ui/focus';
import { RadioList } from '../../../../ui/RadioList';
import { freeVmName, type VmTarget, whyNotRecord } from '../../actions/vm-action';

export const showCopy = (stage: Stage, vm: VmTarget): void => {
  stage.show(close => <SessionScope session={vm.session}><CopyDialog vm={vm} stage={stage} close={close} /></SessionScope>);
};

const KINDS = [
  { id: 'clone', title: 'Fast clone', detail: 'At once, and needs next to no space: both VMs go on from the same disks, on the same storage.' },
  { id: 'copy', title: 'Full copy', detail: 'Every byte is copied: takes its time and as much space again, and leaves nothing shared.' },
] as const;
type Kind = typeof KINDS[number]['id'];

const CopyDialog = ({ vm, stage, close }: { vm: VmTarget; stage: Stage; close: () => void }) => {
  const { session, ref, record } = vm;
  const whyNot = (kind: Kind): string | undefined => whyNotRecord(session, session.records.get('VM', ref), kind);
  const [name, setName] = useState(() => freeVmName(session, `${record.name_label} copy`));
  const [kind, setKind] = useState<Kind>(() => (whyNot('clone') === undefined ? 'clone' : 'copy'));
  const [sr, setSr] = useState<Ref<'SR'> | ''>('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const apply = async (signal: AbortSignal): Promise<void> => {
    const about = { verb: kind === 'copy' ? 'copy' : 'clone', subject: record.name_label, subjectRef: ref };
    const { result } = kind === 'copy' ? await session.run(about, signal, 'Async.VM.copy', ref, name.trim(), sr === '' ? NULL_REF as Ref<'SR'> : sr)
      : await session.run(about, signal, 'Async.VM.clone', ref, name.trim());
    stage.succeeded(`Created “${name.trim()}”`, result === undefined ? undefined : { session, cls: 'VM', ref: result });
  };
  return (
    <WorkDialog title={`Copy “${record.name_label}”`} verb="Copy" failed={`Could not copy “${record.name_label}”`} session={session} close={close} apply={apply} blocked={whyNot(kind) !== undefined}
      check={() => { const wrong = name.trim() === '' ? 'Give the copy a name.' : undefined; setProblem(wrong); return wrong === undefined; }}>
      {busy => (
        <>
          <TextField required label="Name" value={name} disabled={busy} inputRef={focusOnAppear} error={problem !== undefined} helperText={problem}
            onChange={event => { setName(event.target.value); setProblem(undefined); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
          <RadioList label="How" value={kind} disabled={busy} choices={KINDS.map(each => ({ ...each, why: whyNot(each.id) }))} onChange={id => { setKind(KINDS.find(each => each.id === id)?.id ?? kind); }} />
          {kind === 'copy' && <SrChoice label="Storage" none="Where each disk is now" value={sr} disabled={busy} onChange={setSr} />}
        </>
      )}
    </WorkDialog>
  );
};
