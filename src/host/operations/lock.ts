import { randomUUID } from 'node:crypto';
import { ApiError, isNull, type Records, type Ref, type VmOperations } from '../../shared/api';
import { isForKind, isInState, isOffered, mayBegin, mayInterrupt, statesOf, VM_WORK_STATES, type VmWork } from '../../shared/rules/vm-operations';
import type { Reader, Store, Transaction } from '../store/contract';
import type { CallContext } from './contract';
import { busyDevice } from './device/state';
import { toApiError } from './failure';
import type { Traffic } from './traffic';

/* One operation of a VM at a time, except those that are the way out of another. The check and the entry in
 * current_operations are one transaction, so of two calls at the same moment exactly one wins. */

interface Running { operation: VmOperations; cancel: AbortController; left: Promise<void>; leave(): void }

/** What is to be written of an operation that is done, with its result. */
type Done = (tx: Transaction, vm: Ref<'VM'>, operation: VmWork, result: unknown) => void;

export class VmLock {
  readonly #store: Store;
  readonly #done: Done;
  readonly #running = new Map<string, Map<string, Running>>();
  readonly #waiting: (() => void)[] = [];
  readonly #traffic: Traffic;

  constructor(store: Store, traffic: Traffic, done: Done) { this.#store = store; this.#traffic = traffic; this.#done = done; }

  /**
   * Checks, enters the operation, runs `work`, and removes the entry in any case.
   * The signal is that of the call's task, and of an operation that interrupts this one. `interrupted`: those that this one ended have left.
   */
  async run<T>(context: CallContext, vm: Ref<'VM'>, operation: VmWork, work: (signal: AbortSignal, interrupted: Promise<unknown>) => T | Promise<T>): Promise<T> {
    const entry = isNull(context.task.ref) ? `OpaqueRef:${randomUUID()}` : context.task.ref;
    this.#store.transaction(tx => {
      assertVmOperation(tx, vm, operation);
      tx.set('VM', vm, { current_operations: { ...tx.get('VM', vm).current_operations, [entry]: operation } });
    });
    const cancel = new AbortController();
    const others = this.#running.get(vm) ?? new Map<string, Running>();
    const ended: Promise<void>[] = [];
    for (const [ref, other] of others) {
      if (!mayInterrupt(operation, [other.operation])) continue;
      other.cancel.abort(new ApiError('TASK_CANCELLED', ref));
      ended.push(other.left);
    }
    let leave = (): void => {};
    const left = new Promise<void>(resolve => { leave = resolve; });
    this.#running.set(vm, others.set(entry, { operation, cancel, left, leave }));
    const signal = AbortSignal.any([context.task.signal, cancel.signal]);
    let written = (_tx: Transaction): void => {};
    try {
      const result = await this.#traffic.through(vm, () => work(signal, Promise.all(ended)));
      // What interrupted this operation decides how the VM ends, so this one does not claim to have.
      if (cancel.signal.aborted) throw cancel.signal.reason;
      written = tx => { this.#done(tx, vm, operation, result); };
      return result;
    } catch (error) {
      throw signal.aborted ? cancelled(signal, entry) : toApiError(error, { vm, operation });
    } finally {
      this.#leave(vm, entry, written);
    }
  }

  /** What is under way in this process, whatever the record says; an operation that was interrupted counts no more. */
  current(vm: string): readonly VmOperations[] {
    return [...this.#running.get(vm)?.values() ?? []].filter(({ cancel }) => !cancel.signal.aborted).map(({ operation }) => operation);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    if (this.#running.size > 0) await new Promise<void>(resolve => { this.#waiting.push(resolve); });
  }

  #leave(vm: Ref<'VM'>, entry: string, written: (tx: Transaction) => void): void {
    const others = this.#running.get(vm);
    others?.get(entry)?.leave();
    others?.delete(entry);
    if (others?.size === 0) this.#running.delete(vm);
    if (this.#running.size === 0) for (const resolve of this.#waiting.splice(0)) setImmediate(resolve);
    this.#store.transaction(tx => {
      const record = tx.find('VM', vm); // VM.destroy ends without one
      if (!record) return;
      const { [entry]: _, ...rest } = record.current_operations;
      tx.set('VM', vm, { current_operations: rest });
      written(tx);
    });
  }
}

const cancelled = (signal: AbortSignal, entry: string): ApiError =>
  signal.reason instanceof ApiError ? signal.reason : new ApiError('TASK_CANCELLED', entry);

/** The XenAPI error that says why not, or nothing. The same table makes allowed_operations (allowed.ts). */
export const assertVmOperation = (reader: Reader, vm: Ref<'VM'>, operation: string): void => {
  const record = reader.get('VM', vm);
  if (!isWork(operation)) throw new ApiError('OPERATION_NOT_ALLOWED', `${operation} is not offered by this host`);
  const blocked = record.blocked_operations[operation];
  if (blocked !== undefined) throw new ApiError('OPERATION_BLOCKED', vm, blocked);
  if (isOffered(operation) && !isForKind(operation, record)) throw notForKind(vm, record, operation);
  if (!isInState(operation, record)) throw new ApiError('VM_BAD_POWER_STATE', vm, statesOf(operation).join(', ').toLowerCase(), record.power_state.toLowerCase());
  const current = Object.entries(record.current_operations);
  const other = current.find(([, running]) => !mayBegin(operation, [running]));
  if (other) throw new ApiError('OTHER_OPERATION_IN_PROGRESS', 'VM', vm, other[1], other[0]);
  const device = busyDevice(reader, record, operation);
  if (device) throw new ApiError('OTHER_OPERATION_IN_PROGRESS', device.cls, device.ref, device.operation, device.entry);
};

const isWork = (operation: string): operation is VmWork => isOffered(operation) || Object.hasOwn(VM_WORK_STATES, operation);

const notForKind = (vm: Ref<'VM'>, record: Readonly<Records['VM']>, operation: string): ApiError => {
  if (record.is_a_snapshot) return new ApiError('OPERATION_NOT_ALLOWED', `a snapshot is kept as it is: ${operation} is for virtual machines`);
  if (operation === 'revert') return new ApiError('OPERATION_NOT_ALLOWED', 'only a snapshot is reverted to');
  return record.is_default_template && operation === 'destroy' ? new ApiError('VM_CANNOT_DELETE_DEFAULT_TEMPLATE', vm) : new ApiError('VM_IS_TEMPLATE', vm);
};
