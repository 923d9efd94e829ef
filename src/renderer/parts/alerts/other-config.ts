import type { Ref } from '../../../shared/api';
import type { MetricsClass, Session } from '../../api';

type Configured = MetricsClass | 'pool';
const CALLS = {
  VM: { add: 'VM.add_to_other_config', remove: 'VM.remove_from_other_config' }, host: { add: 'host.add_to_other_config', remove: 'host.remove_from_other_config' },
  SR: { add: 'SR.add_to_other_config', remove: 'SR.remove_from_other_config' }, pool: { add: 'pool.add_to_other_config', remove: 'pool.remove_from_other_config' },
} as const;

/** Sets one entry of `other_config`, and no other; empty: it goes. When the host refuses the new value, the old one is there again. */
export const setOtherConfig = async (session: Session, cls: Configured, ref: string, key: string, value: string): Promise<void> => {
  const before = session.records.get(cls, ref)?.other_config[key];
  if ((before ?? '') === value) return;
  const { add, remove } = CALLS[cls];
  const self = ref as Ref<'VM'> & Ref<'host'> & Ref<'SR'> & Ref<'pool'>;
  if (before !== undefined) await session.call(remove, self, key);
  if (value === '') return;
  try { await session.call(add, self, key, value); } catch (error) {
    if (before !== undefined) await session.call(add, self, key, before);
    throw error;
  }
};
