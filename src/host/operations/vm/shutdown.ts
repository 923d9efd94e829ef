import { ApiError, type Ref } from '../../../shared/api';
import { EngineError } from '../../engine/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { settleHalted } from './power';
import { beginDrop, releaseDropped } from './suspend-image';

/* The ways to end a VM: ask the guest, take the power away, or first the one and then the other. */

/** A guest that installs updates takes its time; after this nobody waits for it any more. */
const CLEAN_SHUTDOWN_LIMIT_MS = 20 * 60_000;
/** VM.shutdown asks this long before it takes the power away. */
const SHUTDOWN_PATIENCE_MS = 2 * 60_000;

export const cleanShutdown = (desk: Desk): Handler<'VM.clean_shutdown'> => (context, vm) =>
  desk.lock.run(context, vm, 'clean_shutdown', async signal => {
    await askToEnd(desk, vm, signal, CLEAN_SHUTDOWN_LIMIT_MS);
    await settleHalted(desk, vm);
  });

export const hardShutdown = (desk: Desk): Handler<'VM.hard_shutdown'> => (context, vm) =>
  desk.lock.run(context, vm, 'hard_shutdown', () => end(desk, vm));

export const shutdown = (desk: Desk): Handler<'VM.shutdown'> => (context, vm) =>
  desk.lock.run(context, vm, 'shutdown', async signal => {
    if (desk.store.get('VM', vm).power_state === 'Running') {
      try {
        await askToEnd(desk, vm, signal, SHUTDOWN_PATIENCE_MS);
        return await settleHalted(desk, vm);
      } catch (error) {
        if (signal.aborted) throw error;
        desk.log.warn('guest did not shut down', { vm: desk.store.get('VM', vm).uuid });
      }
    }
    await end(desk, vm);
  });

/** Resolves when the guest has powered off. */
export const askToEnd = async (desk: Desk, vm: Ref<'VM'>, signal: AbortSignal, limitMs: number): Promise<void> => {
  const limit = AbortSignal.timeout(limitMs);
  try {
    await desk.engine.shutdown(desk.store.get('VM', vm).uuid, AbortSignal.any([signal, limit]));
  } catch (error) {
    if (signal.aborted) throw error;
    if (limit.aborted) throw new ApiError('VM_SHUTDOWN_TIMEOUT', vm, String(limitMs / 1000));
    if (error instanceof EngineError && error.kind === 'unresponsive') throw new ApiError('VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT', vm);
    if (error instanceof EngineError && error.kind === 'not-running') return; // it was quicker
    throw error;
  }
};

/** The power is taken away; a machine that is gone already is what was wanted. */
export const end = async (desk: Desk, vm: Ref<'VM'>): Promise<void> => {
  const { uuid, suspend_VDI } = desk.store.get('VM', vm);
  if (desk.engine.state(uuid) !== 'gone') await desk.engine.kill(uuid);
  const image = beginDrop(desk, suspend_VDI); // a suspended VM's memory is lost with it
  await settleHalted(desk, vm);
  await releaseDropped(desk, [image]);
};
