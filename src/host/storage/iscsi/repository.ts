import type { DiskImage } from '../../engine/contract';
import { uuidOf } from '../../platform/ids';
import { StorageError } from '../contract';
import type { SrCapability, SrSpace, StorageRepository, StoredVdi } from '../contract';
import { listLuns, portalOf } from './initiator';
import type { Lun, Portal } from './initiator';

/* Each LUN of a target is a disk as it is. The storage's own tools make and delete LUNs; here they are found and used. */

export const ISCSI_CAPABILITIES: readonly SrCapability[] = ['SR_SCAN'];

export class IscsiRepository implements StorageRepository {
  readonly capabilities = ISCSI_CAPABILITIES;
  readonly #portal: Portal;
  readonly #target: string;
  #luns: ReadonlyMap<string, Lun> = new Map();

  constructor(portal: Portal, target: string) { this.#portal = portal; this.#target = target; }

  async scan(): Promise<readonly StoredVdi[]> {
    const luns = await listLuns(this.#portal, this.#target);
    this.#luns = new Map(luns.map(lun => [uuidOfLun(this.#target, lun, luns), lun]));
    return [...this.#luns].map(([uuid, lun]) => asStored(uuid, lun));
  }
  async stat(uuid: string): Promise<StoredVdi> {
    const found = (await this.scan()).find(vdi => vdi.uuid === uuid);
    if (!found) throw new StorageError('not-found', `there is no LUN ${uuid}`);
    return found;
  }
  async space(): Promise<SrSpace> {
    const totalBytes = (await this.scan()).reduce((sum, vdi) => sum + vdi.virtualSizeBytes, 0);
    return { totalBytes, usedBytes: totalBytes, freeBytes: 0 };
  }
  locate(uuid: string): DiskImage {
    const lun = this.#luns.get(uuid);
    if (!lun) throw new StorageError('not-found', `there is no LUN ${uuid}`);
    const { user, password, initiator } = this.#portal;
    return {
      format: 'raw',
      source: {
        by: 'iscsi', portal: portalOf(this.#portal), target: this.#target, lun: lun.number, initiator,
        ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }),
      },
    };
  }
  hasClones(): Promise<boolean> { return Promise.resolve(false); }
  /** A LUN says no name of itself; the record keeps the one it is given. */
  rename(): Promise<void> { return Promise.resolve(); }

  create(): Promise<StoredVdi> { return refuse('makes no LUNs'); }
  clone(): Promise<StoredVdi> { return refuse('clones no LUNs'); }
  adopt(): Promise<StoredVdi> { return refuse('makes no LUNs'); }
  resize(): Promise<StoredVdi> { return refuse('resizes no LUNs'); }
  destroy(): Promise<void> { return refuse('deletes no LUNs'); }
}

/** By its serial number, so that it stays the same disk when the storage numbers its LUNs anew; by its number where the serial says nothing. */
const uuidOfLun = (target: string, { number, serial }: Lun, all: readonly Lun[]): string =>
  serial !== '' && all.filter(lun => lun.serial === serial).length === 1 ? uuidOf('iscsi', target, 'serial', serial) : uuidOf('iscsi', target, 'lun', String(number));

const asStored = (uuid: string, { number, sizeBytes, serial }: Lun): StoredVdi => ({
  uuid, name: serial === '' ? `LUN ${number}` : `LUN ${number} (${serial})`, format: 'raw', virtualSizeBytes: sizeBytes, physicalBytes: sizeBytes, readOnly: false,
});

const refuse = (why: string): Promise<never> => Promise.reject(new StorageError('unsupported', `this host ${why}: the storage does, then SR.scan finds them`));
