import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { boot } from './boot';
import { recordHalted, recordRunning, settleHalted } from './power';
import { askToEnd } from './shutdown';

const CLEAN_REBOOT_LIMIT_MS = 20 * 60_000;

/** The guest is asked to power off; then it starts again, with what was changed meanwhile. It counts as Running all the time. */
export const cleanReboot = (desk: Desk): Handler<'VM.clean_reboot'> => (context, vm) =>
  desk.lock.run(context, vm, 'clean_reboot', async signal => {
    try {
      await askToEnd(desk, vm, signal, CLEAN_REBOOT_LIMIT_MS);
      desk.store.transaction(tx => { for (const vbd of tx.get('VM', vm).VBDs) if (tx.get('VBD', vbd).currently_attached) tx.set('VBD', vbd, { currently_attached: false }); });
      await boot(desk, vm, { of: 'VM.clean_reboot', startPaused: false, signal, progress: context.task.progress });
    } catch (error) {
      // Interrupted, or the second half failed: follow.ts has left the record to this operation.
      if (desk.engine.state(desk.store.get('VM', vm).uuid) === 'gone') await settleHalted(desk, vm);
      throw error;
    }
  });

/** Presses reset. A paused VM runs afterwards, as everywhere in XenAPI. What it interrupts may have ended the machine already: then it is started. */
export const hardReboot = (desk: Desk): Handler<'VM.hard_reboot'> => (context, vm) =>
  desk.lock.run(context, vm, 'hard_reboot', async (signal, interrupted) => {
    const { uuid } = desk.store.get('VM', vm);
    await interrupted;
    if (desk.engine.state(uuid) === 'gone') return boot(desk, vm, { of: 'VM.hard_reboot', startPaused: false, signal, progress: context.task.progress });
    await desk.engine.reset(uuid);
    if (desk.engine.state(uuid) === 'paused') await desk.engine.unpause(uuid);
    desk.store.transaction(tx => {
      if (desk.engine.state(uuid) === 'gone') recordHalted(tx, vm);
      else recordRunning(desk, tx, vm, 'Running', false);
    });
  });
