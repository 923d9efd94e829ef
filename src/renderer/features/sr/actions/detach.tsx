import LinkOff from '@mui/icons-material/LinkOff';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { Action, Stage } from '../../../parts/actions/action';
import { outcome } from '../../../parts/actions/outcome';
import { confirm } from '../../../parts/actions/confirm';
import { WorkDialog } from '../../../parts/actions/WorkDialog';
import { attachedPbds, busyVms, srOf, type SrTarget, whyNotSr } from '../sr-target';

/** For maintenance: VMs that have a disk of it open are shut down first, when whoever asks wants that. */
export const detach: Action = {
  id: 'sr.detach', label: 'Detach', icon: LinkOff, danger: true,
  whyNot: selection => {
    const sr = srOf(selection);
    if (sr && attachedPbds(sr).length === 0) return 'It is not attached.';
    return whyNotSr(selection, 'unplug', 'The host does not offer to detach this storage now.', 'PBD.unplug');
  },
  run: (selection, stage) => {
    const sr = srOf(selection);
    if (!sr) return;
    if (busyVms(sr).length > 0) { stage.show(close => <MaintenanceDialog sr={sr} stage={stage} close={close} />); return; }
    const about = { verb: 'detach', subject: sr.record.name_label, subjectRef: sr.ref };
    confirm(stage, {
      title: `Detach “${sr.record.name_label}”?`, verb: 'Detach', warning: 'VMs with a disk on it cannot be started until it is attached again. Nothing on it is changed.',
      apply: () => outcome(stage, sr.session, about, 'Detached', () => detachAll(sr), sr.target),
    });
  },
};

const detachAll = async (sr: SrTarget, signal?: AbortSignal): Promise<void> => {
  const about = { verb: 'detach', subject: sr.record.name_label, subjectRef: sr.ref };
  for (const pbd of attachedPbds(sr)) await sr.session.run(about, signal, 'Async.PBD.unplug', pbd);
};

const MaintenanceDialog = ({ sr, stage, close }: { sr: SrTarget; stage: Stage; close: () => void }) => {
  const { session, record } = sr, users = busyVms(sr), suspended = users.filter(({ state }) => state === 'Suspended');
  const apply = async (signal: AbortSignal): Promise<void> => {
    for (const { ref, name } of busyVms(sr)) await session.run({ verb: 'shut down', subject: name, subjectRef: ref }, signal, 'Async.VM.clean_shutdown', ref);
    await detachAll(sr, signal);
    stage.succeeded(`Detached “${record.name_label}”`, sr.target);
  };
  return (
    <WorkDialog title={`Detach “${record.name_label}” for maintenance?`} verb={`Shut down ${users.length === 1 ? '1 VM' : `${users.length} VMs`} and detach`} danger failed={`Could not detach “${record.name_label}”`} session={session} close={close}
      blocked={suspended.length > 0} apply={apply}>
      <Typography variant="body2">These VMs have a disk on it. Their systems are asked to shut down, then the storage is detached; if one does not follow, nothing is detached. They stay off until “Attach” has brought it back and they are started. Nothing on it is changed.</Typography>
      <Box component="ul" aria-label="VMs that use it" sx={{ m: 0, pl: 2.5, typography: 'body2' }}>
        {users.map(({ ref, name, state }) => <li key={ref}>“{name}”{state === 'Suspended' ? ': suspended, and goes on from its disks. Resume it, or force it off, first.' : state === 'Paused' ? ': paused; unpause it first, or it does not hear' : ''}</li>)}
      </Box>
    </WorkDialog>
  );
};
