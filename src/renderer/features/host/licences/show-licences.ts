import WorkspacePremium from '@mui/icons-material/WorkspacePremiumOutlined';
import type { Action } from '../../../parts/actions/action';
import { openLicences } from './LicencesDialog';

export const showLicences: Action = {
  id: 'host.licences', label: 'Licences…', icon: WorkspacePremium,
  whyNot: ([target]) => (target ? undefined : 'Connect to a host first.'),
  run: ([target], stage) => { if (target) openLicences(stage, target); },
};
