import type { Ref } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';

export const pause = (desk: Desk): Handler<'VM.pause'> => (context, vm) =>
  desk.lock.run(context, vm, 'pause', async () => {
    await desk.engine.pause(desk.store.get('VM', vm).uuid);
    settle(desk, vm);
  });

export const unpause = (desk: Desk): Handler<'VM.unpause'> => (context, vm) =>
  desk.lock.run(context, vm, 'unpause', async () => {
    await desk.engine.unpause(desk.store.get('VM', vm).uuid);
    settle(desk, vm);
  });

/** As the engine says, which may be neither when the machine ended meanwhile: follow.ts records that. */
const settle = (desk: Desk, vm: Ref<'VM'>): void => {
  const state = desk.engine.state(desk.store.get('VM', vm).uuid);
  if (state !== 'gone') desk.store.transaction(tx => { tx.set('VM', vm, { power_state: state === 'paused' ? 'Paused' : 'Running' }); });
};
