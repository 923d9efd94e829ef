import type { Ref } from '../../../shared/api';
import type { StoredVdi } from '../../storage/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { loseIfGone } from '../pbd/attach';
import { ISO_FIELDS, recordVdi, repositoryOf, storedFields } from '../vdi/make';
import { refreshSpace } from './space';

/* Brings the records in line with what is in the repository. A disk that others put there gets a record; a record whose
 * disk is not there is marked missing and never dropped: the file may come back. */

export const scan = (desk: Desk): Handler<'SR.scan'> => (_context, sr) => scanSr(desk, sr);

export const scanSr = async (desk: Desk, sr: Ref<'SR'>): Promise<void> => {
  const isIso = desk.store.get('SR', sr).content_type === 'iso';
  const before = new Set(vdiUuids(desk, sr).keys());
  const repository = repositoryOf(desk, sr);
  const stored = await translated({ sr, operation: 'scan' }, async () => {
    try { return await repository.scan(); } catch (error) { loseIfGone(desk, sr, repository, error); throw error; }
  });
  const found = new Map(stored.map(vdi => [vdi.uuid, vdi]));
  desk.store.transaction(tx => {
    const records = vdiUuids(desk, sr);
    // Parents first, so that a child finds its parent's record.
    for (const vdi of byDepth(found)) {
      const ref = records.get(vdi.uuid);
      if (ref === undefined) {
        // An operation that made or deleted it while the repository was read knows better.
        if (before.has(vdi.uuid) || desk.journal.has(vdi.uuid)) continue;
        if (uuidIsTaken(desk, vdi.uuid)) { desk.log.warn('a VDI of this uuid is in another SR', { vdi: vdi.uuid }); continue; }
        recordVdi(tx, sr, vdi, { name_label: vdi.name, ...(isIso ? ISO_FIELDS : {}) });
        continue;
      }
      const now = tx.get('VDI', ref);
      const fields = { ...storedFields(tx, sr, vdi), missing: false };
      if (now.missing || now.virtual_size !== fields.virtual_size || now.physical_utilisation !== fields.physical_utilisation || now.parent !== fields.parent) tx.set('VDI', ref, fields);
    }
    for (const [uuid, ref] of records) {
      if (found.has(uuid) || !before.has(uuid) || desk.journal.has(uuid)) continue;
      // A CD image that its server no longer has, and that is in no drive, is nobody's loss.
      if (isIso && tx.get('VDI', ref).VBDs.length === 0) { tx.destroy('VDI', ref); continue; }
      if (!tx.get('VDI', ref).missing) { tx.set('VDI', ref, { missing: true }); desk.log.warn('VDI is missing', { vdi: uuid }); }
    }
  });
  await refreshSpace(desk, sr);
};

const vdiUuids = (desk: Desk, sr: Ref<'SR'>): Map<string, Ref<'VDI'>> => new Map(desk.store.get('SR', sr).VDIs.map(vdi => [desk.store.get('VDI', vdi).uuid, vdi]));

const uuidIsTaken = (desk: Desk, uuid: string): boolean => [...desk.store.all('VDI').values()].some(vdi => vdi.uuid === uuid);

const byDepth = (found: ReadonlyMap<string, StoredVdi>): StoredVdi[] => {
  const depth = (vdi: StoredVdi, seen: number): number => {
    const parent = vdi.parent === undefined || seen > found.size ? undefined : found.get(vdi.parent);
    return parent ? 1 + depth(parent, seen + 1) : 0;
  };
  return [...found.values()].map(vdi => [depth(vdi, 0), vdi] as const).sort(([a], [b]) => a - b).map(([, vdi]) => vdi);
};
