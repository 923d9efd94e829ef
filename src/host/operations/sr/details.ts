import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { assertName } from '../vm/limits';
import { refreshSpace } from './space';

export const details = (desk: Desk): Handlers => ({
  'SR.get_supported_types': () => [...desk.storageDrivers.keys()],
  'SR.update': async (_context, sr) => { desk.store.get('SR', sr); await refreshSpace(desk, sr); },
  'SR.get_live_hosts': (_context, sr) => desk.store.get('SR', sr).PBDs.map(pbd => desk.store.get('PBD', pbd)).filter(pbd => pbd.currently_attached).map(pbd => pbd.host),
  'SR.set_name_label': (_context, sr, value) => { assertName('name_label', value); desk.store.transaction(tx => { tx.get('SR', sr); tx.set('SR', sr, { name_label: value }); }); },
  'SR.set_name_description': (_context, sr, value) => { assertName('name_description', value); desk.store.transaction(tx => { tx.get('SR', sr); tx.set('SR', sr, { name_description: value }); }); },
});
