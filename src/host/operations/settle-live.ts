import type { Ref } from '../../shared/api';
import type { DiskImage } from '../engine/contract';
import type { Desk } from './desk';
import { messageOf } from './failure';
import type { Intent } from './journal';
import { finishMove } from './vdi/moved';

/* What an earlier service was doing with machines that run: a disk was between two places, a guest was made to stand still. The machine itself says
 * where it writes; where it is gone, it wrote nothing that the record does not know. */

type Live = Extract<Intent, { vmUuid: string }>;

/** Of an SR that is not attached only the machine tells, and what it does not say stays open. */
export const settleLive = async (desk: Desk, mine: (intent: Intent) => boolean): Promise<void> => {
  for (const intent of desk.journal.open()) {
    if (!('vmUuid' in intent) || !mine(intent)) continue;
    try { if (await settle(desk, intent)) desk.journal.end(intent.vdiUuid); } catch (error) {
      desk.log.error('a disk between two places stays so', { ...intent, why: messageOf(error) });
    }
  }
};

/** Guests that an operation made to stand still go on. Their disks are settled. */
export const settleHeld = async (desk: Desk, vm: Ref<'VM'>): Promise<void> => {
  const { uuid, power_state } = desk.store.get('VM', vm);
  if (!desk.journal.held().includes(uuid)) return;
  if (power_state === 'Running' && desk.engine.state(uuid) === 'paused') {
    try { await desk.engine.unpause(uuid); } catch (error) { desk.log.error('a guest that stood still for an operation does not go on', { vm: uuid, why: messageOf(error) }); return; }
  }
  desk.journal.letGo(uuid);
};

const settle = async (desk: Desk, intent: Live): Promise<boolean> => {
  const runs = desk.engine.state(intent.vmUuid) !== 'gone';
  const open = runs ? await desk.engine.openImages(intent.vmUuid, intent.userdevice) : [];
  const repository = desk.repositories.get(intent.srUuid);
  if (intent.kind === 'snapshot') {
    if (!repository) return false;
    await repository.settleSnapshot?.(intent.vdiUuid, open);
    return true;
  }
  if ([...desk.store.all('VDI').values()].some(vdi => vdi.uuid === intent.vdiUuid)) return true; // only the intent stayed
  if (shows(open[0], intent.vdiUuid, repository && (() => repository.locate(intent.vdiUuid)))) { await finishMove(desk, intent); return true; }
  if (!repository) return false;
  if (open.length > 0 && !shows(open[0], intent.fromUuid, undefined)) throw new Error(`the machine writes to ${open[0] ?? ''}`);
  await repository.destroy(intent.vdiUuid).catch((error: unknown) => { desk.log.info('the target of a move was not there', { vdi: intent.vdiUuid, why: messageOf(error) }); });
  return true;
};

/** Whether the machine calls this image so. Repositories name their images by the VDI. */
const shows = (name: string | undefined, uuid: string, locate: (() => DiskImage) | undefined): boolean => {
  if (name === undefined) return false;
  if (name.includes(uuid)) return true;
  try {
    const source = locate?.().source;
    return source !== undefined && 'path' in source && source.path === name;
  } catch { return false; } // it is not there
};
