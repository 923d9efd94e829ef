import { ApiError, isNull, type Records, type Ref } from '../../../shared/api';
import type { CallContext, Handler, Handlers } from '../contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { countedMemoryBytes, freeMemoryBytes, refreshHostMetricsSoon } from '../host/memory';
import { runPlan } from '../plan';
import { assertMemoryOrder, type Memory } from './limits';

/* Memory of a VM that runs: the balloon moves between the dynamic limits; the static ones are fixed until the VM is off. */

/** How near counts as there: a guest keeps a page back now and then. */
const TARGET_TOLERANCE_BYTES = 4 * 1024 * 1024;
const TARGET_LIMIT_MS = 256_000;
const TARGET_LOOK_EVERY_MS = 500;

export const memoryLive = (desk: Desk): Handlers => ({
  'VM.set_memory_target_live': (context, vm, target) => desk.lock.run(context, vm, 'changing_memory_live', signal => {
    const { memory_dynamic_min: min, memory_dynamic_max: max } = desk.store.get('VM', vm);
    if (!Number.isInteger(target) || target < min || target > max) throw new ApiError('MEMORY_CONSTRAINT_VIOLATION', 'Memory limits must satisfy: dynamic_min <= target <= dynamic_max');
    return moveBalloon(desk, context, vm, 'VM.set_memory_target_live', {}, target, signal);
  }),
  'VM.wait_memory_target_live': waitForTarget(desk),
});

/** The range of a VM that is up; the target is the top of it, as after a start. */
export const changeDynamicRange = (desk: Desk, context: CallContext, vm: Ref<'VM'>, fields: Partial<Memory>, signal: AbortSignal): Promise<void> => {
  const now = desk.store.get('VM', vm);
  assertMemoryOrder({ ...now, ...fields });
  return moveBalloon(desk, context, vm, 'VM.set_memory_dynamic_range', fields, fields.memory_dynamic_max ?? now.memory_dynamic_max, signal);
};

const moveBalloon = (desk: Desk, context: CallContext, ref: Ref<'VM'>, of: string, fields: Partial<Memory>, target: number, signal: AbortSignal): Promise<void> => {
  const { uuid, memory_target: before } = desk.store.get('VM', ref);
  return runPlan([
    { name: 'check the host', weight: 1, do: () => { assertGrowth(desk, ref, target); } },
    { name: 'move the balloon', weight: 3, do: () => translated({ vm: ref }, () => desk.engine.balloon(uuid, target)), undo: () => desk.engine.balloon(uuid, before) },
    { name: 'record', weight: 1, do: () => { desk.store.transaction(tx => { tx.set('VM', ref, { ...fields, memory_target: target }); }); refreshHostMetricsSoon(desk); } },
  ], { of, signal, progress: context.task.progress, log: desk.log });
};

const assertGrowth = (desk: Desk, ref: Ref<'VM'>, target: number): void => {
  const more = target - countedMemoryBytes(desk.store, desk.store.get('VM', ref)), free = freeMemoryBytes(desk);
  if (more > free) throw new ApiError('HOST_NOT_ENOUGH_FREE_MEMORY', String(more), String(free));
};

const waitForTarget = (desk: Desk): Handler<'VM.wait_memory_target_live'> => (context, vm) => desk.lock.run(context, vm, 'awaiting_memory_live', async signal => {
  const { uuid } = desk.store.get('VM', vm), limit = AbortSignal.timeout(TARGET_LIMIT_MS);
  for (;;) {
    const { actualBytes } = await translated({ vm }, () => desk.engine.memory(uuid));
    recordMemory(desk, vm, actualBytes);
    if (Math.abs(actualBytes - desk.store.get('VM', vm).memory_target) <= TARGET_TOLERANCE_BYTES) return;
    if (limit.aborted) throw new ApiError('OPERATION_NOT_ALLOWED', 'the guest does not give or take the memory: its balloon driver is missing or slow');
    await pause(signal);
  }
});

/** Between two looks: QEMU says nothing of a guest that is on its way. */
const pause = (signal: AbortSignal): Promise<void> => new Promise((resolve, reject) => {
  const onAbort = (): void => { clearTimeout(timer); reject(signal.reason as Error); };
  const timer = setTimeout(() => { signal.removeEventListener('abort', onAbort); resolve(); }, TARGET_LOOK_EVERY_MS);
  signal.addEventListener('abort', onAbort, { once: true });
});

/** What the machine has now, as the engine says. */
export const recordMemory = (desk: Desk, ref: Ref<'VM'>, actualBytes: number): void => {
  const vm: Readonly<Records['VM']> | undefined = desk.store.find('VM', ref);
  if (!vm || isNull(vm.metrics) || desk.store.find('VM_metrics', vm.metrics)?.memory_actual === actualBytes) return;
  desk.store.transaction(tx => { tx.set('VM_metrics', vm.metrics, { memory_actual: actualBytes, last_updated: datetime(desk.now()) }); });
};
