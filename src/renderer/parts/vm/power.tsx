import CircleOutlined from '@mui/icons-material/CircleOutlined';
import HelpOutline from '@mui/icons-material/HelpOutlined';
import PauseCircle from '@mui/icons-material/PauseCircle';
import PlayCircle from '@mui/icons-material/PlayCircle';
import StopCircleOutlined from '@mui/icons-material/StopCircleOutlined';
import Box from '@mui/material/Box';
import CircularProgress from '@mui/material/CircularProgress';
import type { VMRecord, VmPowerState } from '../../../shared/api';
import type { Icon } from '../../ui/icon';

/* How a VM's power state looks: a form and a colour each, for those who do not see colours. */

interface Look { icon: Icon; colour: string; word: string }
const LOOKS: Readonly<Record<VmPowerState, Look>> = {
  Running: { icon: PlayCircle, colour: 'success.main', word: 'Running' },
  Halted: { icon: StopCircleOutlined, colour: 'text.secondary', word: 'Halted' },
  Paused: { icon: PauseCircle, colour: 'warning.main', word: 'Paused' },
  Suspended: { icon: CircleOutlined, colour: 'info.main', word: 'Suspended' },
};
/** A host of another release may know a state that we do not. */
const lookOf = (state: string): Look => (Object.hasOwn(LOOKS, state) ? LOOKS[state as VmPowerState] : { icon: HelpOutline, colour: 'text.secondary', word: state || 'unknown' });

const BUSY_WORDS: Readonly<Record<string, string>> = {
  start: 'Starting', start_on: 'Starting', clean_shutdown: 'Shutting down', hard_shutdown: 'Being forced off', shutdown: 'Shutting down', clean_reboot: 'Rebooting', hard_reboot: 'Being reset',
  pause: 'Pausing', unpause: 'Unpausing', clone: 'Being cloned', copy: 'Being copied', provision: 'Being prepared', destroy: 'Being deleted',
  suspend: 'Suspending', resume: 'Resuming', resume_on: 'Resuming', snapshot: 'A snapshot is being taken', snapshot_with_quiesce: 'A snapshot is being taken', checkpoint: 'A snapshot is being taken', revert: 'Going back',
  reverting: 'Going back', make_into_template: 'Becoming a template', migrate_send: 'A disk is being moved', changing_VCPUs: 'Being changed', changing_VCPUs_live: 'Being changed', changing_memory_live: 'Its memory is changing',
  changing_dynamic_range: 'Its memory is changing', changing_memory_limits: 'Its memory is changing', create_vtpm: 'Getting a TPM',
};

type Situation = Pick<VMRecord, 'power_state' | 'current_operations'>;
/** What is under way on it, or undefined. */
export const busyWord = ({ current_operations: current }: Pick<VMRecord, 'current_operations'>): string | undefined => {
  const operation = Object.values(current)[0];
  return operation && (BUSY_WORDS[operation] ?? operation.replaceAll('_', ' '));
};
export const powerWord = (vm: Situation): string => busyWord(vm) ?? lookOf(vm.power_state).word;

export const PowerIcon = ({ vm, id, faded = false }: { vm: Situation; id?: string; faded?: boolean }) => {
  const { icon: Picture, colour } = lookOf(vm.power_state);
  const word = powerWord(vm);
  return (
    <Box component="span" role="img" aria-label={word} id={id} data-power-state={vm.power_state}
      sx={{ position: 'relative', display: 'inline-flex', flex: 'none', width: 18, height: 18, alignItems: 'center', justifyContent: 'center' }}>
      <Picture sx={{ fontSize: 18, color: faded ? 'text.disabled' : colour }} />
      {busyWord(vm) !== undefined && <CircularProgress size={20} thickness={5} aria-hidden sx={{ position: 'absolute', top: -1, left: -1 }} />}
    </Box>
  );
};
