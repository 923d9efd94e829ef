import type { Ref } from '../../../shared/api';
import type { StoredVdi } from '../../storage/contract';
import type { ImportOptions } from '../contract';
import type { Desk } from '../desk';
import { writeMoved } from '../message/everyday';
import type { Step } from '../plan';
import { assertRoom, closeIntents, recordVdi } from '../vdi/make';
import { takeFigures } from './figures';
import { placeOf, type NetworkPlan } from './networks';
import type { Ova, OvaObject } from './read-ova';
import { recordVms, vdiFields } from './records';

/* What archives of either kind have in common: their disks fill most of the time, and the VMs are there wholly or not at all. */

/** Of all progress; the rest is for the records. */
export const DISKS_SHARE = 0.99;

/** It takes no more than comes, nor than all disks hold; while nobody knows how much comes, the disks decide as they fill. */
export const assertRoomFor = async (desk: Desk, sr: Ref<'SR'>, announcedBytes: number, disksBytes: number): Promise<void> => {
  if (Number.isFinite(announcedBytes)) await assertRoom(desk, sr, Math.min(announcedBytes, disksBytes));
};

export interface Arrival {
  /** Rejects where the archive holds more, or less, than it should. */
  end: () => Promise<void>;
  ova: Ova;
  options: ImportOptions;
  networks: NetworkPlan;
  disks: readonly { object: OvaObject<'VDI'>; uuid: string; stored?: StoredVdi }[];
  made: (vms: readonly Ref<'VM'>[]) => void;
}

/** When all disks are filled: every record in one transaction. */
export const lastSteps = (desk: Desk, sr: Ref<'SR'>, { end, ova, options: { restore, movedFrom }, networks, disks, made }: Arrival): readonly Step[] => [
  { name: 'the end of the archive', weight: 1, do: end },
  {
    name: 'record', weight: 1,
    do: () => {
      const places = new Map<string, Ref<'VM'>>();
      made(desk.store.transaction(tx => {
        const vdis = new Map(disks.flatMap(({ object, stored }) => (stored ? [[object.id, recordVdi(tx, sr, stored, vdiFields(object))] as const] : [])));
        const vms = recordVms(tx, ova, { vdis, restore, network: placeOf(tx, networks), made: (id, vm) => { places.set(id, vm); } });
        if (movedFrom) for (const vm of vms) writeMoved(desk, tx, vm, movedFrom);
        return vms;
      }));
      for (const [id, document] of ova.figures) { const vm = places.get(id); if (vm) takeFigures(desk, vm, document); }
    },
  },
  closeIntents(desk, () => disks.map(({ uuid }) => uuid)),
];
