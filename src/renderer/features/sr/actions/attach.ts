import Link from '@mui/icons-material/Link';
import { type PBDRecord, type Ref } from '../../../../shared/api';
import type { Action } from '../../../parts/actions/action';
import { outcome } from '../../../parts/actions/outcome';
import { HOSTS } from '../../../parts/lists';
import { detachedPbds, srOf, type SrTarget, whyNotSr } from '../sr-target';

/** Also mends: a host that lost it, or that never knew a shared one. */
export const attach: Action = {
  id: 'sr.attach', label: 'Attach', icon: Link,
  whyNot: selection => {
    const sr = srOf(selection);
    if (sr && detachedPbds(sr).length === 0 && hostsWithout(sr).length === 0) return 'It is attached.';
    return whyNotSr(selection, 'plug', 'The host does not offer to attach this storage now.', 'PBD.plug');
  },
  run: async (selection, stage) => {
    const sr = srOf(selection);
    if (!sr) return;
    const about = { verb: 'attach', subject: sr.record.name_label, subjectRef: sr.ref };
    await outcome(stage, sr.session, about, 'Attached', async () => {
      const made = await Promise.all(hostsWithout(sr).map(host => addHost(sr, host)));
      for (const pbd of [...detachedPbds(sr), ...made]) await sr.session.run(about, undefined, 'Async.PBD.plug', pbd);
    }, sr.target);
  },
};

/** Hosts of the pool that do not know how to reach a shared repository. */
const hostsWithout = ({ session, record }: SrTarget): string[] => {
  if (!record.shared || record.PBDs.length === 0) return [];
  const known = new Set<string>(record.PBDs.map(pbd => session.records.get('PBD', pbd)?.host ?? ''));
  return session.records.index(HOSTS).refs.filter(host => !known.has(host));
};
const addHost = async ({ session, ref, record }: SrTarget, host: string): Promise<Ref<'PBD'>> => {
  const { device_config } = await session.call('PBD.get_record', record.PBDs[0] as Ref<'PBD'>);
  return session.call('PBD.create', { host: host as Ref<'host'>, SR: ref, device_config, other_config: {} } as Partial<PBDRecord> as PBDRecord);
};
