import Upload from '@mui/icons-material/UploadOutlined';
import type { World } from '../../../api';
import type { Action } from '../../../parts/actions/action';
import { whyNotMay } from '../../../parts/session/may';
import { showImport } from '../../../parts/transfer/ImportDialog';

export const importVm = (world: World): Action => ({
  id: 'vm.import', label: 'Import…', icon: Upload,
  whyNot: ([target]) => {
    if (!target) return 'Connect to a host first.';
    return whyNotMay(target.session, 'http/put_import');
  },
  run: async ([target], stage) => {
    if (target) showImport(stage, target.session, await world.chooseFiles('any'));
  },
});
