import { ApiError, isNull, nullRef, type Records, type Ref } from '../../../shared/api';
import type { StorageRepository, StoredVdi } from '../../storage/contract';
import type { Reader, Transaction } from '../../store/contract';
import type { Desk } from '../desk';
import { toApiError } from '../failure';
import type { Step } from '../plan';

/* A disk is made in two places: in its repository, then in the database. An intent in the journal covers the time between. */

export const VDI_ROUND_BYTES = 1024 * 1024;
const VDI_SIZE_MAX_BYTES = 64 * 1024 ** 4;

/** What is asked for, rounded up. */
export const roundSize = (bytes: number): number => Math.ceil(assertSize(bytes) / VDI_ROUND_BYTES) * VDI_ROUND_BYTES;
export const assertSize = (bytes: number): number => {
  if (!Number.isInteger(bytes) || bytes <= 0) throw new ApiError('VDI_TOO_SMALL', '', String(VDI_ROUND_BYTES));
  if (bytes > VDI_SIZE_MAX_BYTES) throw new ApiError('VDI_TOO_LARGE', '', String(VDI_SIZE_MAX_BYTES));
  return bytes;
};

export const repositoryOf = (desk: Desk, sr: Ref<'SR'>): StorageRepository => {
  const repository = desk.repositories.get(desk.store.get('SR', sr).uuid);
  if (!repository) throw new ApiError('SR_NOT_ATTACHED', sr);
  return repository;
};

/** Refuses what could never be filled. A disk takes space only as it is written, so this looks at the disk alone. */
export const assertRoom = async (desk: Desk, sr: Ref<'SR'>, bytes: number): Promise<void> => {
  const { freeBytes } = await repositoryOf(desk, sr).space();
  if (bytes > freeBytes) throw new ApiError('SR_FULL', String(bytes), String(freeBytes));
};

export interface Making { uuid: string; sr: Ref<'SR'>; name: string; operation: string; from?: Ref<'VDI'>; make(repository: StorageRepository): Promise<StoredVdi>; made(vdi: StoredVdi): void }

/** Writes the disk. Its record is for a later step, and `closeIntents` for the one after. */
export const makeVdiStep = (desk: Desk, making: Making, weight: number): Step => ({
  name: `make VDI ${making.uuid}`, weight,
  do: async () => {
    const repository = repositoryOf(desk, making.sr);
    desk.journal.begin({ kind: 'make', srUuid: desk.store.get('SR', making.sr).uuid, vdiUuid: making.uuid });
    try { making.made(await making.make(repository)); } catch (error) {
      desk.journal.end(making.uuid); // a repository leaves nothing when it fails
      throw toApiError(error, { sr: making.sr, vdi: making.from ?? '', operation: making.operation });
    }
  },
  undo: async () => {
    await repositoryOf(desk, making.sr).destroy(making.uuid); // fails: the intent stays, and the next start tries again
    desk.journal.end(making.uuid);
  },
});

export const closeIntents = (desk: Desk, uuids: () => readonly string[]): Step => ({ name: 'close the journal', weight: 0, do: () => { desk.journal.made(uuids()); } });

/** What the repository says of a disk, as fields of its record. */
export const storedFields = (reader: Reader, sr: Ref<'SR'>, stored: StoredVdi): Partial<Records['VDI']> => ({
  SR: sr, virtual_size: stored.virtualSizeBytes, physical_utilisation: stored.physicalBytes, location: reader.find('SR', sr)?.content_type === 'iso' ? stored.name : stored.uuid,
  parent: parentRef(reader, sr, stored.parent), sm_config: { 'image-format': stored.format === 'vpc' ? 'vhd' : stored.format, ...(stored.parent === undefined ? {} : { 'image-parent': stored.parent }) },
});

/** A CD image: any number of drives may have it, and none writes it. */
export const ISO_FIELDS = { sharable: true, read_only: true } as const satisfies Partial<Records['VDI']>;

export const recordVdi = (tx: Transaction, sr: Ref<'SR'>, stored: StoredVdi, fields: Partial<Records['VDI']>): Ref<'VDI'> =>
  tx.create('VDI', { type: 'user', sharable: false, read_only: stored.readOnly, ...fields, ...storedFields(tx, sr, stored), uuid: stored.uuid, managed: true, missing: false });

const parentRef = (reader: Reader, sr: Ref<'SR'>, uuid: string | undefined): Ref<'VDI'> => {
  if (uuid === undefined || isNull(sr)) return nullRef<'VDI'>();
  return reader.get('SR', sr).VDIs.find(vdi => reader.get('VDI', vdi).uuid === uuid) ?? nullRef<'VDI'>();
};
