import PowerSettingsNew from '@mui/icons-material/PowerSettingsNew';
import type { Action } from '../../../parts/actions/action';
import { eachVm, whyNotVm } from './vm-action';

export const shutDown: Action = {
  id: 'vm.shut-down', label: 'Shut down', icon: PowerSettingsNew, shortcut: 'Ctrl+E',
  whyNot: selection => whyNotVm(selection, 'clean_shutdown'),
  run: (selection, stage) => eachVm(selection, stage, { verb: 'shut down', done: 'Shut down' }, ({ session, ref }, about) => session.run(about, undefined, 'Async.VM.clean_shutdown', ref)),
};
