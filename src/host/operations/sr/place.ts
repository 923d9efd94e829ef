import { ApiError, type Ref } from '../../../shared/api';
import type { StorageDriver } from '../../storage/contract';
import type { Desk } from '../desk';
import { translated } from '../failure';

/** The driver for a type, or SR_UNKNOWN_DRIVER. */
export const driverOf = (desk: Desk, type: string): StorageDriver => {
  const driver = desk.storageDrivers.get(type);
  if (!driver) throw new ApiError('SR_UNKNOWN_DRIVER', type.slice(0, 100));
  return driver;
};

/** Two SRs at one place would take each other's disks for their own. @param but a PBD that may be there already */
export const assertPlaceIsFree = async (desk: Desk, driver: StorageDriver, config: Readonly<Record<string, string>>, but?: Ref<'PBD'>): Promise<void> => {
  const place = await translated({}, () => driver.place(config));
  for (const [ref, pbd] of desk.store.all('PBD')) if (ref !== but && placeOf(desk, pbd.SR, pbd.device_config) === place) throw new ApiError('SR_DEVICE_IN_USE');
};

const placeOf = (desk: Desk, sr: Ref<'SR'>, config: Readonly<Record<string, string>>): string | undefined => {
  try { return desk.storageDrivers.get(desk.store.find('SR', sr)?.type ?? '')?.place(config); } catch { return undefined; } // nobody could attach it either
};
