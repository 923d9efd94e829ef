import type { Ref } from '../../shared/api';
import { StorageError } from '../storage/contract';
import type { Desk } from './desk';
import { reconcileDevices } from './device/reconcile';
import { messageOf } from './failure';
import type { Intent } from './journal';
import { writeShutdown } from './message/everyday';
import { reconcileNetworks } from './network/reconcile';
import { attachAll } from './pbd/attach';
import { undoSrIntents } from './sr/intents';
import { settleHeld, settleLive } from './settle-live';
import { scanSr } from './sr/scan';
import { dropVdi } from './vdi/lineage';
import { settleInstalls } from './vm/installer/settle';
import { settleShares } from './vm/disk-weight';
import { settleKept } from './vm/kept';
import { recordRunning, settleHalted } from './vm/power';
import { isNamed } from './vm/suspend-image';

/* What the service does first: it may have been killed at any moment, and machines ran on or ended meanwhile. Afterwards
 * the records say what is. */

export const reconcile = async (desk: Desk): Promise<void> => {
  inheritedOf.set(desk, new Set(desk.journal.open().map(intent => intent.vdiUuid)));
  forgetOperations(desk);
  await undoSrIntents(desk);
  await attachAll(desk, sr => reconcileSr(desk, sr));
  await undoIntents(desk);
  await adoptMachines(desk);
  await settleKept(desk);
  await settleInstalls(desk);
  await reconcileDevices(desk);
  await reconcileNetworks(desk);
  for (const [sr, record] of desk.store.all('SR')) {
    if (!desk.repositories.has(record.uuid)) continue;
    try { await scanSr(desk, sr); } catch (error) { desk.log.error('SR not scanned', { sr: record.uuid, why: messageOf(error) }); }
  }
};

/** A repository that comes only now: what was left half done there is settled. */
export const reconcileSr = async (desk: Desk, sr: Ref<'SR'>): Promise<void> => {
  const { uuid } = desk.store.get('SR', sr);
  await undoIntents(desk, uuid);
  if (adopted.has(desk)) await settleLive(desk, intent => intent.srUuid === uuid && isInherited(desk)(intent));
  await scanSr(desk, sr);
};
/** The intents that an earlier process left; what this one is doing is none of ours. */
const inheritedOf = new WeakMap<Desk, ReadonlySet<string>>();
const isInherited = (desk: Desk) => ({ vdiUuid }: Intent): boolean => inheritedOf.get(desk)?.has(vdiUuid) === true;
/** The machines are known. */
const adopted = new WeakSet<Desk>();

/** Nothing of an earlier process is under way any more. */
const forgetOperations = (desk: Desk): void => {
  desk.store.transaction(tx => {
    for (const cls of ['VM', 'VDI', 'SR', 'host', 'pool', 'VBD', 'VIF', 'network', 'VM_appliance'] as const) {
      for (const [ref, record] of tx.all(cls)) if (Object.keys(record.current_operations).length > 0) tx.set(cls, ref, { current_operations: {} });
    }
  });
};

const undoIntents = async (desk: Desk, ofSr?: string): Promise<void> => {
  const refs = new Map([...desk.store.all('VDI')].map(([ref, vdi]) => [vdi.uuid, ref]));
  for (const intent of desk.journal.open()) {
    const { kind, srUuid, vdiUuid } = intent;
    if ((ofSr ?? srUuid) !== srUuid || !inheritedOf.get(desk)?.has(vdiUuid)) continue;
    const ref = refs.get(vdiUuid);
    if (kind === 'snapshot' || kind === 'move') continue; // settle-live.ts, when the machines are known
    // A drop is decided by the record that names the VDI no more, and that of a disk that moved by the record of where it is now.
    if (kind === 'drop' && ref !== undefined && (isNamed(desk.store, ref) || (intent.successorUuid !== undefined && !refs.has(intent.successorUuid)))) { desk.journal.end(vdiUuid); continue; }
    if (kind === 'make' && ref !== undefined) { desk.journal.end(vdiUuid); continue; } // it was finished; only the intent stayed
    const repository = desk.repositories.get(srUuid);
    if (!repository) continue; // tried again when its SR is there
    try {
      await repository.destroy(vdiUuid);
      desk.log.warn(kind === 'make' ? 'a half-made VDI was taken away' : 'the deletion of a VDI was finished', { vdi: vdiUuid });
    } catch (error) {
      if (!(error instanceof StorageError && error.kind === 'not-found')) { desk.log.error('an unfinished VDI stays', { vdi: vdiUuid, why: messageOf(error) }); continue; }
    }
    if (ref !== undefined) dropVdi(desk, ref);
    desk.journal.end(vdiUuid);
  }
};

const adoptMachines = async (desk: Desk): Promise<void> => {
  const known = new Set([...desk.store.all('VM').values()].map(vm => vm.uuid));
  for (const machine of await desk.engine.adopt()) {
    // Perhaps of another data directory's past: whose it is nobody here knows, so nobody here ends it.
    if (!known.has(machine.uuid)) desk.log.warn('a machine runs that no VM record knows; it is left alone', { ...machine });
  }
  adopted.add(desk);
  await settleLive(desk, isInherited(desk));
  for (const [ref, vm] of desk.store.all('VM')) {
    // Its record is written before its machine ends, and after it was made to go on: one that is there has not run since.
    if (vm.power_state === 'Suspended') { if (desk.engine.state(vm.uuid) !== 'gone') await desk.engine.kill(vm.uuid); continue; }
    await settleHeld(desk, ref);
    const state = desk.engine.state(vm.uuid);
    if (state === 'gone') {
      if (vm.power_state !== 'Halted') {
        desk.log.warn('VM ended while the service was down', { vm: vm.uuid });
        // When, nobody knows: it is told of when it is found. Before the record, or a crash in between would lose it.
        desk.store.transaction(tx => { writeShutdown(desk, tx, ref, 'shutdown while the service of its host was down'); });
      }
      await settleHalted(desk, ref);
      continue;
    }
    desk.store.transaction(tx => { recordRunning(desk, tx, ref, state === 'paused' ? 'Paused' : 'Running', vm.power_state === 'Halted'); });
    await settleShares(desk, vm);
    desk.log.info('VM found running', { vm: vm.uuid, state });
  }
};
