import { ApiError } from '../../../shared/api';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { assertName } from '../vm/limits';
import { driverOf } from './place';
import { recordSpace } from './space';

export const details = (desk: Desk): Handlers => ({
  'SR.get_supported_types': () => [...desk.storageDrivers.keys()],
  'SR.update': async (_context, sr) => {
    if (!desk.repositories.has(desk.store.get('SR', sr).uuid)) throw new ApiError('SR_NOT_ATTACHED', sr);
    await translated({ sr, operation: 'update' }, () => recordSpace(desk, sr));
  },
  'SR.get_live_hosts': (_context, sr) => desk.store.get('SR', sr).PBDs.map(pbd => desk.store.get('PBD', pbd)).filter(pbd => pbd.currently_attached).map(pbd => pbd.host),
  'SR.set_name_label': (_context, sr, value) => { assertName('name_label', value); desk.store.transaction(tx => { tx.get('SR', sr); tx.set('SR', sr, { name_label: value }); }); },
  'SR.set_name_description': (_context, sr, value) => { assertName('name_description', value); desk.store.transaction(tx => { tx.get('SR', sr); tx.set('SR', sr, { name_description: value }); }); },
  'SR.set_shared': (_context, sr, value) => {
    const driver = driverOf(desk, desk.store.get('SR', sr).type);
    if (value && !driver.shared) throw new ApiError('VALUE_NOT_SUPPORTED', 'shared', 'true', `${driver.name} belongs to one host`);
    desk.store.transaction(tx => { tx.set('SR', sr, { shared: value }); });
  },
});
