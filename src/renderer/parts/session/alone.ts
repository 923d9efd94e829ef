import { wantsToBeAlone } from '../../../shared/rules/editions';
import type { Session } from '../../api';
import { HOSTS, POOLS } from '../lists';

/** Whether its edition keeps a console to this host alone. */
export const isAlone = ({ records }: Session): boolean => {
  const restrictions = records.get('pool', records.index(POOLS).refs[0] ?? '')?.restrictions;
  return records.index(HOSTS).refs.some(ref => wantsToBeAlone({ license_params: records.get('host', ref)?.license_params ?? {}, ...(restrictions && { pool_restrictions: restrictions }) }));
};
