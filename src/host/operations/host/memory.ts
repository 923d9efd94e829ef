import { ApiError, type Records, type Ref, type VmOperations } from '../../../shared/api';
import type { Reader } from '../../store/contract';
import type { Desk } from '../desk';
import { datetime } from '../datetime';
import { bootMemoryBytes } from '../vm/power';

/* How much memory is left for virtual machines. A guest touches its memory little by little, so what the machine has
 * free now is too much while guests have just started: the budget counts what they were promised. */

/** Kept for the system and this service. */
export const HOST_RESERVED_BYTES = 256 * 1024 * 1024;
/** QEMU's own memory beside the guest's. */
export const VM_OVERHEAD_BYTES = 96 * 1024 * 1024;
/** Less than this boots nothing. */
const VM_MEMORY_MIN_BYTES = 16 * 1024 * 1024;

const STARTING: readonly VmOperations[] = ['start', 'start_on', 'resume', 'resume_on'];
/** @param except a VM that is not counted although it is just being started */
export const freeMemoryBytes = (desk: Desk, except?: Ref<'VM'>): number => {
  const { totalBytes: memoryTotalBytes, freeBytes: memoryAvailableBytes } = hostMemory(desk);
  let budget = memoryTotalBytes - HOST_RESERVED_BYTES;
  for (const [ref, vm] of desk.store.all('VM')) {
    if (ref === except) continue;
    const counts = vm.power_state === 'Running' || vm.power_state === 'Paused' || desk.lock.current(ref).some(operation => STARTING.includes(operation));
    if (counts) budget -= countedMemoryBytes(desk.store, vm) + VM_OVERHEAD_BYTES;
  }
  return Math.max(0, Math.min(budget, memoryAvailableBytes));
};

const hostMemory = (desk: Desk): { totalBytes: number; freeBytes: number } => {
  const own = desk.engine.hostMemory?.();
  if (own) return own;
  const { memoryTotalBytes, memoryAvailableBytes } = desk.hardware();
  return { totalBytes: memoryTotalBytes, freeBytes: memoryAvailableBytes };
};

/** What it has, or is to have when its balloon has moved; before it runs, all that it could. */
export const countedMemoryBytes = (reader: Reader, vm: Readonly<Records['VM']>): number => {
  if (vm.power_state !== 'Running' && vm.power_state !== 'Paused') return bootMemoryBytes(vm);
  return Math.max(vm.memory_target, reader.find('VM_metrics', vm.metrics)?.memory_actual ?? 0);
};

export const assertMemory = (desk: Desk, ref: Ref<'VM'>): void => {
  const wanted = bootMemoryBytes(desk.store.get('VM', ref));
  if (wanted < VM_MEMORY_MIN_BYTES) throw new ApiError('VM_MEMORY_SIZE_TOO_LOW', ref);
  const free = freeMemoryBytes(desk, ref);
  if (wanted + VM_OVERHEAD_BYTES > free) throw new ApiError('HOST_NOT_ENOUGH_FREE_MEMORY', String(wanted + VM_OVERHEAD_BYTES), String(free));
};

export const refreshHostMetrics = (desk: Desk): void => {
  for (const host of desk.store.all('host').values()) {
    const total = hostMemory(desk).totalBytes;
    const free = freeMemoryBytes(desk);
    desk.store.transaction(tx => { tx.set('host_metrics', host.metrics, { memory_total: total, memory_free: free, live: true, last_updated: datetime(desk.now()) }); });
  }
};

const due = new WeakSet<Desk>();
/** After the answer that is on its way: nobody waits for host_metrics. Several in one turn are one. */
export const refreshHostMetricsSoon = (desk: Desk): void => {
  if (due.has(desk)) return;
  due.add(desk);
  setImmediate(() => {
    due.delete(desk);
    if (!desk.stopping.aborted) refreshHostMetrics(desk);
  });
};
