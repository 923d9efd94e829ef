import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { refreshHostMetricsSoon } from '../host/memory';
import { runPlan } from '../plan';
import { refreshSpace } from '../sr/space';
import { closeIntents } from '../vdi/make';
import { recordSuspended, settleHalted, unplugVifs } from './power';
import { makeImageStep, pathOfImage, planImage, recordImage } from './suspend-image';

/** The memory goes to a VDI, and the machine ends. The record says Suspended before it does: from then on nothing runs that could change a disk below the memory. */
export const suspend = (desk: Desk): Handler<'VM.suspend'> => (context, vm) =>
  desk.lock.run(context, vm, 'suspend', async signal => {
    const { uuid, name_label } = desk.store.get('VM', vm);
    const image = await planImage(desk, vm, `Suspend image of ${name_label}`);
    const ends = runPlan([
      makeImageStep(desk, image),
      {
        name: 'save the memory', weight: 20,
        do: async stop => {
          desk.journal.hold(uuid);
          try { await desk.engine.save(uuid, pathOfImage(desk, image), stop, fraction => { context.task.progress(fraction * SAVE_SHARE); }); } catch (error) { desk.journal.letGo(uuid); throw error; }
        },
        undo: async () => { try { await desk.engine.unpause(uuid); } finally { desk.journal.letGo(uuid); } },
      },
      { name: 'record', weight: 1, do: () => { desk.store.transaction(tx => { recordSuspended(tx, vm, recordImage(tx, image)); }); } },
      closeIntents(desk, () => [image.uuid]),
    ], { of: 'VM.suspend', signal, progress: context.task.progress, log: desk.log });
    try { await ends; } catch (error) {
      if (desk.engine.state(uuid) === 'gone') await settleHalted(desk, vm); // it ended by itself; follow.ts has left that to this operation
      throw error;
    }
    try { await desk.engine.kill(uuid); } catch (error) { desk.log.error('the machine of a suspended VM stays', { vm: uuid, why: messageOf(error) }); }
    desk.journal.letGo(uuid);
    await unplugVifs(desk, vm);
    await refreshSpace(desk, image.sr);
    refreshHostMetricsSoon(desk);
  });

const SAVE_SHARE = 0.9;
