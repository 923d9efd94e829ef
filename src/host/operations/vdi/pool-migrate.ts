import { randomUUID } from 'node:crypto';
import { ApiError, nullRef, type Ref } from '../../../shared/api';
import type { StoredVdi } from '../../storage/contract';
import type { CallContext, Handler } from '../contract';
import type { Desk } from '../desk';
import { toApiError } from '../failure';
import { runPlan, type Step } from '../plan';
import { refreshSpace } from '../sr/space';
import { releaseDropped } from '../vm/suspend-image';
import { withVdis } from './claim';
import { copyOf } from './copy';
import { assertRoom, closeIntents, makeVdiStep, repositoryOf } from './make';
import { recordMove } from './moved';
import { runningUser } from './running-user';

/* Moves a disk to another repository. Below a VM that runs QEMU copies it while it is written; one that nobody has open is copied as a file. Its
 * reference and uuid are new, as in XenAPI; what named it names the new one. */

export const poolMigrate = (desk: Desk): Handler<'VDI.pool_migrate'> => async (context, vdi, sr) => {
  const record = desk.store.get('VDI', vdi);
  desk.store.get('SR', sr);
  if (record.SR === sr) return vdi;
  await assertRoom(desk, sr, record.physical_utilisation);
  const user = runningUser(desk, vdi, 'mirror');
  const moved = user
    ? await desk.lock.run(context, user.vm, 'migrate_send', signal => withVdis(desk, context, [vdi], 'mirror', () => moveLive(desk, context, vdi, sr, user, signal), { attached: true }))
    : await withVdis(desk, context, [vdi], 'mirror', () => moveStill(desk, context, vdi, sr));
  await releaseDropped(desk, [vdi]);
  for (const place of [record.SR, sr]) await refreshSpace(desk, place);
  return moved;
};

const moveStill = async (desk: Desk, context: CallContext, vdi: Ref<'VDI'>, sr: Ref<'SR'>): Promise<Ref<'VDI'>> => {
  const { name_label: name } = desk.store.get('VDI', vdi), uuid = randomUUID(), { signal, progress } = context.task;
  let stored: StoredVdi | undefined, moved = nullRef<'VDI'>();
  await runPlan([
    makeVdiStep(desk, { uuid, sr, name, operation: 'mirror', from: vdi, make: copyOf(desk, vdi, { uuid, name }, { signal, progress }), made: made => { stored = made; } }, 20),
    { name: 'record', weight: 1, do: () => { if (stored) moved = recordMove(desk, vdi, sr, stored); } },
    closeIntents(desk, () => [uuid]),
  ], { of: 'VDI.pool_migrate', signal, progress: () => { /* the copy tells */ }, log: desk.log });
  return moved;
};

const moveLive = async (desk: Desk, context: CallContext, vdi: Ref<'VDI'>, sr: Ref<'SR'>, user: { vm: Ref<'VM'>; userdevice: string }, signal: AbortSignal): Promise<Ref<'VDI'>> => {
  const { name_label: name, uuid: fromUuid } = desk.store.get('VDI', vdi), uuid = randomUUID(), vmUuid = desk.store.get('VM', user.vm).uuid;
  let moved = nullRef<'VDI'>();
  await runPlan([
    targetStep(desk, vdi, { uuid, name, sr, vmUuid, userdevice: user.userdevice, fromUuid }),
    {
      name: 'mirror', weight: 20,
      do: async stop => {
        const repository = repositoryOf(desk, sr);
        desk.journal.hold(vmUuid);
        try {
          await desk.engine.mirrorDisk(vmUuid, user.userdevice, repository.locate(uuid), stop, context.task.progress, async () => { moved = recordMove(desk, vdi, sr, await repository.stat(uuid)); });
        } catch (error) {
          throw toApiError(error, { vm: user.vm, vdi, sr, operation: 'mirror' });
        } finally { if (desk.engine.state(vmUuid) !== 'paused') desk.journal.letGo(vmUuid); }
      },
    },
    closeIntents(desk, () => [uuid]),
  ], { of: 'VDI.pool_migrate', signal, progress: () => { /* the mirror tells */ }, log: desk.log });
  return moved;
};

/** Empty, as large, and known to the next start as where the machine may be writing. */
const targetStep = (desk: Desk, vdi: Ref<'VDI'>, { uuid, name, sr, vmUuid, userdevice, fromUuid }: { uuid: string; name: string; sr: Ref<'SR'>; vmUuid: string; userdevice: string; fromUuid: string }): Step => ({
  name: 'make the target', weight: 1,
  do: async () => {
    desk.journal.begin({ kind: 'move', srUuid: desk.store.get('SR', sr).uuid, vdiUuid: uuid, vmUuid, userdevice, fromUuid });
    try {
      const repository = repositoryOf(desk, sr), { virtual_size: virtualSizeBytes, sm_config } = desk.store.get('VDI', vdi);
      await repository.create({ uuid, name, virtualSizeBytes, format: sm_config['image-format'] === 'raw' ? 'raw' : 'qcow2' });
    } catch (error) {
      desk.journal.end(uuid);
      throw toApiError(error, { sr, vdi, operation: 'create' });
    }
  },
  undo: async () => {
    if ([...desk.store.all('VDI').values()].some(record => record.uuid === uuid)) throw new ApiError('INTERNAL_ERROR', 'the disk has moved already');
    // Not every repository keeps what a machine has open from being deleted. The next start records where it is.
    if ((await desk.engine.openImages(vmUuid, userdevice).catch(() => []))[0]?.includes(uuid)) throw new ApiError('INTERNAL_ERROR', 'the machine writes to the new place');
    await repositoryOf(desk, sr).destroy(uuid);
    desk.journal.end(uuid);
  },
});
