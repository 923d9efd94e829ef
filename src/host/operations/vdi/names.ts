import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { assertName } from '../vm/limits';
import { repositoryOf } from './make';

/** The disk carries its name too, for a host that finds it without this database. */
export const names = (desk: Desk): Handlers => ({
  'VDI.set_name_label': async (_context, vdi, value) => {
    assertName('name_label', value);
    const { uuid, SR: sr, missing } = desk.store.get('VDI', vdi);
    if (!missing) await translated({ vdi, sr, operation: 'rename' }, () => repositoryOf(desk, sr).rename(uuid, value));
    desk.store.transaction(tx => { tx.get('VDI', vdi); tx.set('VDI', vdi, { name_label: value }); });
  },
  'VDI.set_name_description': (_context, vdi, value) => {
    assertName('name_description', value);
    desk.store.transaction(tx => { tx.get('VDI', vdi); tx.set('VDI', vdi, { name_description: value }); });
  },
});
