import { ApiError } from '../../../shared/api';
import type { StorageRepository, StoredVdi } from '../../storage/contract';
import type { Desk } from '../desk';
import { assertSize, roundSize } from '../vdi/make';

/* A disk that comes in: made empty, then filled; when that fails nothing is left of it. */

export type OpenVdi = Awaited<ReturnType<Desk['openImage']>>;
export interface NewDisk { uuid: string; name: string; sizeBytes: number }

export const makeFilled = async (desk: Desk, repository: StorageRepository, { uuid, name, sizeBytes }: NewDisk, fill: (disk: OpenVdi) => Promise<void>): Promise<StoredVdi> => {
  await repository.create({ uuid, name: name.slice(0, DISK_NAME_MAX_CHARS), virtualSizeBytes: roundSize(sizeBytes), format: 'qcow2' });
  try {
    const disk = await desk.openImage(repository.locate(uuid), 'write');
    try {
      await fill(disk);
      await disk.flush();
    } finally { await disk.close(); }
    return await repository.stat(uuid);
  } catch (error) {
    await repository.destroy(uuid);
    throw error;
  }
};
const DISK_NAME_MAX_CHARS = 1000;

/** Absurd sizes are refused before anything is made. @param id as the archive names the disk */
export const claimedSize = (id: string, bytes: number): number => {
  try { return assertSize(bytes); } catch { throw new ApiError('IMPORT_ERROR', `the disk ${id} claims to be ${bytes} bytes large`); }
};
