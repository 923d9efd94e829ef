import { ApiError, nullRef, type Ref } from '../../../shared/api';
import type { Transaction } from '../../store/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';

/** Leaves the disks where they are: SR.introduce, PBD.create and PBD.plug bring them back. */
export const forget = (desk: Desk): Handler<'SR.forget'> => (_context, sr): void => {
  desk.store.transaction(tx => {
    if (tx.get('SR', sr).PBDs.some(pbd => tx.get('PBD', pbd).currently_attached)) throw new ApiError('SR_HAS_PBD', sr);
    dropSr(tx, sr);
  });
};

/** Only an empty repository; the directory itself stays. */
export const destroy = (desk: Desk): Handler<'SR.destroy'> => (_context, sr): void => {
  const { uuid, VDIs } = desk.store.get('SR', sr);
  if (VDIs.length > 0) throw new ApiError('SR_NOT_EMPTY');
  if (desk.journal.open().some(intent => intent.srUuid === uuid)) throw new ApiError('SR_DEVICE_IN_USE');
  desk.store.transaction(tx => { dropSr(tx, sr); });
  desk.repositories.delete(uuid);
};

const dropSr = (tx: Transaction, ref: Ref<'SR'>): void => {
  const sr = tx.get('SR', ref);
  for (const vdi of sr.VDIs) {
    for (const vbd of tx.get('VDI', vdi).VBDs) tx.destroy('VBD', vbd);
    tx.destroy('VDI', vdi);
  }
  for (const pbd of sr.PBDs) tx.destroy('PBD', pbd);
  for (const [pool, record] of tx.all('pool')) if (record.default_SR === ref) tx.set('pool', pool, { default_SR: nullRef<'SR'>() });
  tx.destroy('SR', ref);
};
