import LinkOff from '@mui/icons-material/LinkOff';
import type { Action } from '../../../parts/actions/action';
import { confirm } from '../../../parts/actions/confirm';
import { outcome } from '../../../parts/actions/outcome';
import { listText } from '../../../ui/text';
import { attachedPbds, busyVms, srOf, whyNotSr } from '../sr-target';

export const detach: Action = {
  id: 'sr.detach', label: 'Detach', icon: LinkOff, danger: true,
  whyNot: selection => {
    const sr = srOf(selection);
    if (sr && attachedPbds(sr).length === 0) return 'It is not attached.';
    const running = sr ? busyVms(sr) : [];
    if (running.length > 0) return `In use by ${listText(running.map(name => `“${name}”`))}: shut down first.`;
    return whyNotSr(selection, 'unplug', 'The host does not offer to detach this storage now.');
  },
  run: (selection, stage) => {
    const sr = srOf(selection);
    if (!sr) return;
    const about = { verb: 'detach', subject: sr.record.name_label, subjectRef: sr.ref };
    confirm(stage, {
      title: `Detach “${sr.record.name_label}”?`, verb: 'Detach', warning: 'VMs with a disk on it cannot be started until it is attached again. Nothing on it is changed.',
      apply: () => outcome(stage, sr.session, about, 'Detached', async () => { for (const pbd of attachedPbds(sr)) await sr.session.run(about, undefined, 'Async.PBD.unplug', pbd); }, sr.target),
    });
  },
};
