import { createHash, timingSafeEqual } from 'node:crypto';
import type { Ref } from '../../../shared/api';
import type { Desk } from '../desk';

/* What is known of the machines that are being brought in; kept in the database, so that a transfer goes on after a restart of this service or of the
 * machine. What is shown of it is in VM.other_config (show). */

export interface KeptDisk { vdiUuid: string; sizeBytes: number; usedBytes: number; /** The chunks that are safe: a bit each, base64. */ done: string }
export interface Transfer {
  id: string;
  vmUuid: string;
  /** SHA-256 of the token, hex. */
  token: string;
  identity: string;
  firmware: 'bios' | 'uefi';
  /** `unfixed`: it is all there, but was not made to boot. `leaving`: it is being taken away. */
  state: 'receiving' | 'fixing' | 'unfixed' | 'leaving';
  heardAt: number;
  disks: readonly KeptDisk[];
  nics: readonly { name: string; mac: string }[];
}

export const CHUNK_BYTES = 4 * 1024 * 1024;
export const chunksOf = (sizeBytes: number): number => Math.ceil(sizeBytes / CHUNK_BYTES);

const KEY = 'p2v.transfers';
export const keptTransfers = (desk: Desk): readonly Transfer[] => JSON.parse(desk.store.setting(KEY) ?? '[]') as Transfer[];
export const keepTransfer = (desk: Desk, transfer: Transfer): void => {
  desk.store.setSetting(KEY, JSON.stringify([...keptTransfers(desk).filter(({ id }) => id !== transfer.id), transfer]));
};
export const forgetTransfer = (desk: Desk, id: string): void => {
  desk.store.setSetting(KEY, JSON.stringify(keptTransfers(desk).filter(transfer => transfer.id !== id)));
};

export const vmOf = (desk: Desk, { vmUuid }: Pick<Transfer, 'vmUuid'>): Ref<'VM'> | undefined => [...desk.store.all('VM')].find(([, vm]) => vm.uuid === vmUuid)?.[0];
export const vdisOf = (desk: Desk, { disks }: Pick<Transfer, 'disks'>): Ref<'VDI'>[] => {
  const refs = new Map([...desk.store.all('VDI')].map(([ref, vdi]) => [vdi.uuid, ref]));
  return disks.map(disk => refs.get(disk.vdiUuid)).filter(ref => ref !== undefined);
};

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
export const isToken = (given: string, { token }: Pick<Transfer, 'token'>): boolean => timingSafeEqual(Buffer.from(hashOf(given)), Buffer.from(token));

/** VM.other_config: what clients see. An empty value takes the key away. */
export type Shown = Partial<Record<'p2v' | 'p2v-done' | 'p2v-total' | 'p2v-rate' | 'p2v-heard' | 'p2v-from' | 'p2v-code' | 'p2v-systems' | 'p2v-words', string>>;
export const show = (desk: Desk, vm: Ref<'VM'>, shown: Shown): void => {
  desk.store.transaction(tx => {
    if (!tx.find('VM', vm)) return;
    const other_config = Object.fromEntries(Object.entries({ ...tx.get('VM', vm).other_config, ...shown }).filter(([key, value]) => !key.startsWith('p2v') || value !== ''));
    tx.set('VM', vm, { other_config });
  });
};

/** XenAPI's own way to say that something is not to be done now, and why. */
const BLOCKED = ['start', 'start_on', 'clone', 'copy', 'snapshot', 'destroy', 'make_into_template', 'export'] as const;
export const blockedWhile = (why: string): Record<string, string> => Object.fromEntries(BLOCKED.map(operation => [operation, why]));
export const unblock = (desk: Desk, vm: Ref<'VM'>): void => {
  desk.store.transaction(tx => {
    const blocked_operations = Object.fromEntries(Object.entries(tx.get('VM', vm).blocked_operations).filter(([operation]) => !BLOCKED.some(each => each === operation)));
    tx.set('VM', vm, { blocked_operations });
  });
};
