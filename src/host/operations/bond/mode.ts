import { ApiError, type Records } from '../../../shared/api';

/** Balancing by source is Open vSwitch's. */
export const assertBondMode = (mode: Records['Bond']['mode']): void => {
  if (mode === 'balance-slb') throw new ApiError('VALUE_NOT_SUPPORTED', 'mode', mode, 'balance-slb needs Open vSwitch; this host offers active-backup and lacp');
};
