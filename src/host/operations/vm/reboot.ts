import type { Ref } from '../../../shared/api';
import type { CallContext, Handler } from '../contract';
import type { Desk } from '../desk';
import { boot } from './boot';
import { stateOf } from './installer/keys';
import { recordRunning, settleHalted } from './power';
import { askToEnd } from './shutdown';

const CLEAN_REBOOT_LIMIT_MS = 20 * 60_000;

/** The guest is asked to power off; then it starts again, with what was changed meanwhile. It counts as Running all the time. */
export const cleanReboot = (desk: Desk): Handler<'VM.clean_reboot'> => (context, vm) =>
  desk.lock.run(context, vm, 'clean_reboot', async signal => {
    try {
      await askToEnd(desk, vm, signal, CLEAN_REBOOT_LIMIT_MS);
      await startAgain(desk, context, vm, 'VM.clean_reboot', signal);
    } catch (error) { await settleIfGone(desk, vm); throw error; }
  });

/** Presses reset; where something waits for a restart, the machine is another one afterwards. A paused VM runs afterwards, as everywhere in XenAPI. What it interrupts may have ended the machine already: then it is started. */
export const hardReboot = (desk: Desk): Handler<'VM.hard_reboot'> => (context, vm) =>
  desk.lock.run(context, vm, 'hard_reboot', async (signal, interrupted) => {
    const { uuid, requires_reboot, other_config } = desk.store.get('VM', vm), isInstalling = stateOf({ other_config }) === 'installing'; // its kernel boots once only
    await interrupted;
    try {
      if ((requires_reboot || isInstalling) && desk.engine.state(uuid) !== 'gone') await desk.engine.kill(uuid);
      if (desk.engine.state(uuid) === 'gone') { await startAgain(desk, context, vm, 'VM.hard_reboot', signal); return; }
      await desk.engine.reset(uuid);
      if (desk.engine.state(uuid) === 'paused') await desk.engine.unpause(uuid);
      if (desk.engine.state(uuid) !== 'gone') desk.store.transaction(tx => { recordRunning(desk, tx, vm, 'Running', false); });
    } finally { await settleIfGone(desk, vm); }
  });

const startAgain = (desk: Desk, context: CallContext, vm: Ref<'VM'>, of: string, signal: AbortSignal): Promise<void> => {
  desk.store.transaction(tx => { for (const vbd of tx.get('VM', vm).VBDs) if (tx.get('VBD', vbd).currently_attached) tx.set('VBD', vbd, { currently_attached: false }); });
  return boot(desk, vm, { of, startPaused: false, signal, progress: context.task.progress });
};

/** Interrupted, or the second half failed: follow.ts has left the record to the operation. */
const settleIfGone = async (desk: Desk, vm: Ref<'VM'>): Promise<void> => {
  if (desk.engine.state(desk.store.get('VM', vm).uuid) === 'gone') await settleHalted(desk, vm);
};
