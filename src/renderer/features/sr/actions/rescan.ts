import Refresh from '@mui/icons-material/Refresh';
import type { Ref } from '../../../../shared/api';
import { failureOf } from '../../../api';
import { type Action, couldNot } from '../../../parts/actions/action';
import { whyNotLive } from '../../../parts/session/liveness';

export const rescan: Action = {
  id: 'sr.rescan', label: 'Rescan', icon: Refresh,
  whyNot: ([target]) => {
    if (target?.cls !== 'SR') return 'Choose a storage repository first.';
    const { state, address } = target.session.view.get();
    const sr = target.session.records.get('SR', target.ref);
    return whyNotLive(state, address) ?? (sr?.allowed_operations.includes('scan') ? undefined : 'The host does not offer to rescan this storage now.');
  },
  run: async ([target], stage) => {
    const sr = target?.session.records.get('SR', target.ref);
    if (!target || !sr) return;
    const about = { verb: 'rescan', subject: sr.name_label, subjectRef: target.ref };
    try {
      await target.session.run(about, undefined, 'Async.SR.scan', target.ref as Ref<'SR'>);
      stage.succeeded(`Rescanned “${sr.name_label}”`, target);
    } catch (error) { stage.failed(couldNot(about), failureOf(error), target.session); }
  },
};
