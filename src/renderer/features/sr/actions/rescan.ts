import Refresh from '@mui/icons-material/Refresh';
import type { Action } from '../../../parts/actions/action';
import { outcome } from '../../../parts/actions/outcome';
import { srOf, whyNotSr } from '../sr-target';

export const rescan: Action = {
  id: 'sr.rescan', label: 'Rescan', icon: Refresh,
  whyNot: selection => whyNotSr(selection, 'scan', 'The host does not offer to rescan this storage now.', 'SR.scan'),
  run: async (selection, stage) => {
    const sr = srOf(selection);
    if (!sr) return;
    const about = { verb: 'rescan', subject: sr.record.name_label, subjectRef: sr.ref };
    await outcome(stage, sr.session, about, 'Rescanned', () => sr.session.run(about, undefined, 'Async.SR.scan', sr.ref), sr.target);
  },
};
