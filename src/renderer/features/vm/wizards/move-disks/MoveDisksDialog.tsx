import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import { useState } from 'react';
import type { Ref } from '../../../../../shared/api';
import { SessionScope } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { SrChoice } from '../../../../parts/sr/SrChoice';
import { bytesText, listText } from '../../../../ui/text';
import type { VmTarget } from '../../actions/vm-action';
import { moveAll, movableDisks, type MovableDisk } from './move-disks';

/** `only`: of one VM, these disks. */
export const showMoveDisks = (stage: Stage, vms: readonly VmTarget[], only?: Ref<'VDI'>): void => {
  const [first] = vms;
  if (first) stage.show(close => <SessionScope session={first.session}><MoveDisksDialog vms={vms} only={only} stage={stage} close={close} /></SessionScope>);
};

const MoveDisksDialog = ({ vms, only, stage, close }: { vms: readonly VmTarget[]; only: Ref<'VDI'> | undefined; stage: Stage; close: () => void }) => {
  const [disks, setDisks] = useState(() => vms.flatMap(movableDisks).filter(disk => only === undefined || disk.vdi === only));
  const [left, setLeft] = useState<ReadonlySet<string>>(() => new Set());
  const [to, setTo] = useState<Ref<'SR'> | ''>('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [first] = vms;
  if (!first) return null;
  const { session } = first;
  const names = listText(vms.map(({ record }) => `“${record.name_label}”`));
  const srName = (disk: MovableDisk): string => session.records.get('SR', disk.sr)?.name_label ?? 'unknown storage';
  const chosen = disks.filter(disk => disk.why === undefined && !left.has(disk.vdi) && disk.sr !== to);
  const check = (): boolean => {
    const wrong = to === '' ? 'Where to?' : undefined;
    setProblem(wrong);
    return wrong === undefined;
  };
  const apply = async (signal: AbortSignal): Promise<void> => {
    if (to === '') return;
    await moveAll(session, chosen, to, signal, moved => { setDisks(current => current.filter(disk => disk.vdi !== moved.vdi)); });
    stage.succeeded(`Moved ${chosen.length === 1 ? 'the disk' : `${chosen.length} disks`} of ${names}`, first.target);
  };
  return (
    <WorkDialog title={`Move disks of ${names}`} verb="Move" failed={`Could not move the disks of ${names}`} session={session} close={close} blocked={chosen.length === 0} check={check} apply={apply}>
      {busy => (
        <>
          <SrChoice label="To" value={to} disabled={busy} problem={problem} onChange={sr => { setTo(sr); setProblem(undefined); }} />
          <List dense disablePadding aria-label="Disks">
            {disks.map(disk => {
              const why = disk.why ?? (disk.sr === to ? 'It is there already.' : undefined);
              return (
                <ListItem key={disk.vdi} disableGutters sx={{ py: 0 }}>
                  <FormControlLabel disabled={busy || why !== undefined}
                    control={<Checkbox size="small" checked={why === undefined && !left.has(disk.vdi)}
                      onChange={(_event, checked) => { setLeft(current => { const next = new Set(current); if (checked) next.delete(disk.vdi); else next.add(disk.vdi); return next; }); }} />}
                    label={`“${disk.name}” (${bytesText(disk.sizeBytes)} on ${srName(disk)})${why === undefined ? '' : `: stays. ${why}`}`} />
                </ListItem>
              );
            })}
          </List>
        </>
      )}
    </WorkDialog>
  );
};
