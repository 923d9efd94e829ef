import Download from '@mui/icons-material/DownloadOutlined';
import type { Action } from '../../../parts/actions/action';
import { showExport } from '../wizards/transfer/ExportDialog';
import { vmsOf, whyNotVm } from './vm-action';

export const exportVm: Action = {
  id: 'vm.export', label: 'Export…', icon: Download,
  whyNot: selection => (selection.length > 1 ? 'Choose one VM only: each gets a file of its own.' : whyNotVm(selection, 'export')),
  run: (selection, stage) => { const [vm] = vmsOf(selection); if (vm) showExport(stage, vm); },
};
