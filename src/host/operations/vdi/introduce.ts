import { ApiError } from '../../../shared/api';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { refreshSpace } from '../sr/space';
import { assertName } from '../vm/limits';
import { withVdis } from './claim';
import { ISO_FIELDS, recordVdi, repositoryOf, storedFields } from './make';

export const introducing = (desk: Desk): Handlers => ({
  /** A record for a disk that is in the repository and has none: one that was forgotten. */
  'VDI.introduce': async (_context, uuid, name_label, name_description, sr, type, sharable, read_only, other_config, location, xenstore_data, sm_config) => {
    assertName('name_label', name_label);
    assertName('name_description', name_description);
    const isIso = desk.store.get('SR', sr).content_type === 'iso';
    const found = (await translated({ sr, operation: 'introduce' }, () => repositoryOf(desk, sr).scan())).find(vdi => vdi.uuid === uuid || vdi.uuid === location || (isIso && vdi.name === location));
    if (!found || desk.journal.has(found.uuid)) throw new ApiError('VDI_LOCATION_MISSING', sr, location);
    const ref = desk.store.transaction(tx => {
      if ([...tx.all('VDI').values()].some(vdi => vdi.uuid === found.uuid)) throw new ApiError('LOCATION_NOT_UNIQUE', sr, location);
      const own = recordVdi(tx, sr, found, { name_label: name_label === '' ? found.name : name_label, name_description, type, sharable, read_only: read_only || found.readOnly, other_config, xenstore_data, ...(isIso ? ISO_FIELDS : {}) });
      tx.set('VDI', own, { sm_config: { ...sm_config, ...tx.get('VDI', own).sm_config } });
      return own;
    });
    await refreshSpace(desk, sr);
    return ref;
  },
  /** Reads the disk's size and use anew. */
  'VDI.update': async (_context, vdi) => {
    const { SR: sr, uuid } = desk.store.get('VDI', vdi);
    const stored = await translated({ sr, vdi, operation: 'update' }, () => repositoryOf(desk, sr).stat(uuid));
    desk.store.transaction(tx => { if (tx.find('VDI', vdi)) tx.set('VDI', vdi, { ...storedFields(tx, sr, stored), missing: false }); });
  },
  'VDI.set_read_only': async (context, vdi, value) => {
    if (!value && desk.store.get('SR', desk.store.get('VDI', vdi).SR).content_type === 'iso') throw new ApiError('VALUE_NOT_SUPPORTED', 'read_only', 'false', 'a CD image is read-only');
    await withVdis(desk, context, [vdi], 'update', () => { desk.store.transaction(tx => { tx.set('VDI', vdi, { read_only: value }); }); return Promise.resolve(); });
  },
});
