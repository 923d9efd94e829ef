import type { Ref } from '../../../../../shared/api';
import type { Session } from '../../../../api';
import { POOLS } from '../../../../parts/lists';
import { setEntry } from '../vm-field';
import { isOn } from './boot-choices';

const KEY = 'auto_poweron';

/** A VM starts with its host only in a pool that has this switched on: XenServer wants both. */
export const setAutoStart = async (session: Session, vm: Ref<'VM'>, on: boolean): Promise<void> => {
  const pool = session.records.index(POOLS).refs[0] as Ref<'pool'> | undefined;
  const config = session.records.get('pool', pool ?? '')?.other_config;
  if (on && pool !== undefined && config && !isOn(config[KEY])) {
    if (config[KEY] !== undefined) await session.call('pool.remove_from_other_config', pool, KEY);
    await session.call('pool.add_to_other_config', pool, KEY, 'true');
  }
  await setEntry(session, vm, 'other_config', KEY, on ? 'true' : undefined);
};
