import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { NULL_REF, type Ref } from '../../../../../shared/api';
import { NAME_MAX_CHARS } from '../../../../../shared/lib/limits';
import { SessionScope, useWorld } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { SrChoice } from '../../../../parts/sr/SrChoice';
import { RadioList } from '../../../../ui/RadioList';
import { freeVmName, type VmTarget, whyNotRecord } from '../../actions/vm-action';
import { OtherHost, otherHosts, sendThere, type There, type Way, whyNotThere } from './OtherHost';

export const showCopy = (stage: Stage, vm: VmTarget): void => {
  stage.show(close => <SessionScope session={vm.session}><CopyDialog vm={vm} stage={stage} close={close} /></SessionScope>);
};

const KINDS = [
  { id: 'clone', title: 'Fast clone', detail: 'At once, and needs next to no space: both VMs go on from the same disks, on the same storage.' },
  { id: 'copy', title: 'Full copy', detail: 'Every byte is copied: takes its time and as much space again, and leaves nothing shared.' },
  { id: 'copy-there', title: 'Copy to another host', detail: 'Every byte goes from host to host. The copy gets a uuid and MAC addresses of its own; snapshots stay here.' },
  { id: 'move-there', title: 'Move to another host', detail: 'The same VM, there: with its uuid, MAC addresses and figures. It goes here when the other host has confirmed that all has come.' },
] as const;
type Kind = typeof KINDS[number]['id'];
const isThere = (kind: Kind): kind is Way => kind === 'copy-there' || kind === 'move-there';

const CopyDialog = ({ vm, stage, close }: { vm: VmTarget; stage: Stage; close: () => void }) => {
  const { session, ref, record } = vm;
  const world = useWorld();
  const whyNot = (kind: Kind): string | undefined => {
    const now = session.records.get('VM', ref);
    return isThere(kind) ? whyNotThere(session, now, otherHosts(world, session), kind) : whyNotRecord(session, now, kind);
  };
  const [name, setName] = useState(() => freeVmName(session, `${record.name_label} copy`));
  const [kind, setKind] = useState<Kind>(() => KINDS.find(each => whyNot(each.id) === undefined)?.id ?? 'copy');
  const [sr, setSr] = useState<Ref<'SR'> | ''>('');
  const [there, setThere] = useState<There>({ host: undefined, sr: '', network: '' });
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const apply = async (signal: AbortSignal): Promise<void> => {
    if (isThere(kind)) { await sendThere(stage, vm, there, kind); return; }
    const about = { verb: kind === 'copy' ? 'copy' : 'clone', subject: record.name_label, subjectRef: ref };
    const { result } = kind === 'copy' ? await session.run(about, signal, 'Async.VM.copy', ref, name.trim(), sr === '' ? NULL_REF as Ref<'SR'> : sr)
      : await session.run(about, signal, 'Async.VM.clone', ref, name.trim());
    stage.succeeded(`Created “${name.trim()}”`, result === undefined ? undefined : { session, cls: 'VM', ref: result });
  };
  return (
    <WorkDialog title={`Copy or move “${record.name_label}”`} verb={kind === 'move-there' ? 'Move' : 'Copy'} failed={`Could not ${kind === 'move-there' ? 'move' : 'copy'} “${record.name_label}”`} session={session} close={close} apply={apply} blocked={whyNot(kind) !== undefined}
      check={() => { const wrong = isThere(kind) ? (there.host ? undefined : 'Where to?') : name.trim() === '' ? 'Give the copy a name.' : undefined; setProblem(wrong); return wrong === undefined; }}>
      {busy => (
        <>
          <RadioList first label="How" value={kind} disabled={busy} choices={KINDS.filter(each => !world.inBrowser || !isThere(each.id)).map(each => ({ ...each, why: whyNot(each.id) }))} onChange={id => { setKind(KINDS.find(each => each.id === id)?.id ?? kind); setProblem(undefined); }} />
          {!isThere(kind) && (
            <TextField required label="Name" value={name} disabled={busy} error={problem !== undefined} helperText={problem}
              onChange={event => { setName(event.target.value); setProblem(undefined); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
          )}
          {kind === 'copy' && <SrChoice label="Storage" none="Where each disk is now" value={sr} disabled={busy} onChange={setSr} />}
          {isThere(kind) && <OtherHost session={session} value={there} busy={busy} problem={problem} onChange={next => { setThere(next); setProblem(undefined); }} />}
        </>
      )}
    </WorkDialog>
  );
};
