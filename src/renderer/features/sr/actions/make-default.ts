import Star from '@mui/icons-material/StarBorder';
import type { Ref } from '../../../../shared/api';
import type { Action } from '../../../parts/actions/action';
import { outcome } from '../../../parts/actions/outcome';
import { POOLS } from '../../../parts/lists';
import { whyNotMay } from '../../../parts/session/may';
import { isIsoLibrary } from '../../../parts/sr/places';
import { srOf } from '../sr-target';

/** New disks go there when nobody says where. */
export const makeDefault: Action = {
  id: 'sr.default', label: 'Make default', icon: Star,
  whyNot: selection => {
    const sr = srOf(selection);
    if (!sr) return 'Choose a storage repository first.';
    if (isIsoLibrary(sr.record)) return 'No disks are made on an ISO library.';
    const pool = sr.session.records.get('pool', sr.session.records.index(POOLS).refs[0] ?? '');
    if (!pool) return 'The host does not tell its default storage.';
    return pool.default_SR === sr.ref ? 'It is the default.' : whyNotMay(sr.session, 'pool.set_default_SR');
  },
  run: async (selection, stage) => {
    const sr = srOf(selection);
    if (!sr) return;
    const pool = sr.session.records.index(POOLS).refs[0] as Ref<'pool'>;
    await outcome(stage, sr.session, { verb: 'make default', subject: sr.record.name_label, subjectRef: sr.ref }, 'New disks go to', () => sr.session.call('pool.set_default_SR', pool, sr.ref), sr.target);
  },
};
