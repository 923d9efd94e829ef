import { ApiError, nullRef, type Ref } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { refreshSpace } from '../sr/space';
import { boot } from './boot';
import { settleHalted, theHost } from './power';
import { beginDrop, imageOf, pathOfImage, releaseDropped } from './suspend-image';

/* Goes on where VM.suspend stopped. The machine stands still until the record says that it runs: a memory that was gone on from is
 * never gone on from again, for the disks are others by then. */

export const resume = (desk: Desk): Handler<'VM.resume'> => (context, vm, startPaused) =>
  desk.lock.run(context, vm, 'resume', signal => goOn(desk, vm, { startPaused, signal, progress: context.task.progress }));

export const resumeOn = (desk: Desk): Handler<'VM.resume_on'> => (context, vm, host, startPaused) =>
  desk.lock.run(context, vm, 'resume_on', signal => {
    if (host !== theHost(desk.store)) throw new ApiError('HANDLE_INVALID', 'host', host);
    return goOn(desk, vm, { startPaused, signal, progress: context.task.progress });
  });

const goOn = async (desk: Desk, vm: Ref<'VM'>, run: { startPaused: boolean; signal: AbortSignal; progress: (fraction: number) => void }): Promise<void> => {
  const image = imageOf(desk.store, vm), { uuid } = desk.store.get('VM', vm);
  try {
    await boot(desk, vm, {
      ...run, of: 'VM.resume',
      restore: {
        path: pathOfImage(desk, image),
        record: tx => {
          if (!run.startPaused) desk.journal.hold(uuid);
          beginDrop(desk, image.vdi);
          tx.set('VM', vm, { suspend_VDI: nullRef<'VDI'>() });
        },
      },
    });
    if (!run.startPaused) await desk.engine.unpause(uuid);
  } catch (error) {
    if (desk.store.get('VM', vm).power_state === 'Suspended') desk.journal.end(image.uuid); // it stays so, with its image
    else {
      if (desk.engine.state(uuid) === 'gone') await settleHalted(desk, vm); // it ended just then; follow.ts has left that to this operation
      await releaseDropped(desk, [image.vdi]);
    }
    throw error;
  } finally { desk.journal.letGo(uuid); }
  await releaseDropped(desk, [image.vdi]);
  await refreshSpace(desk, image.sr);
};
