import { randomUUID } from 'node:crypto';
import { isNull, type Ref } from '../../../shared/api';
import type { Transaction } from '../../store/contract';
import type { CallContext } from '../contract';
import type { Desk } from '../desk';
import { assertDeviceFree, type Device } from './state';

/** Enters an operation at a disk or a network card of a VM, and removes the entry in any case. */
export const withDevice = async <C extends Device, T>(
  desk: Desk, context: CallContext, cls: C, ref: Ref<C>, operation: string, check: (tx: Transaction) => void, work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> => {
  const entry = isNull(context.task.ref) ? `OpaqueRef:${randomUUID()}` : context.task.ref;
  desk.store.transaction(tx => {
    assertDeviceFree(tx, cls, ref);
    check(tx);
    setOperations(tx, cls, ref, { ...tx.get(cls, ref).current_operations, [entry]: operation });
  });
  try { return await desk.traffic.through(desk.store.get(cls, ref).VM, () => work(context.task.signal)); } finally {
    desk.store.transaction(tx => {
      const record = tx.find(cls, ref);
      if (!record) return;
      const { [entry]: _, ...rest } = record.current_operations as Readonly<Record<string, string>>;
      setOperations(tx, cls, ref, rest);
    });
  }
};

const setOperations = (tx: Transaction, cls: Device, ref: string, current_operations: Readonly<Record<string, string>>): void => {
  tx.set(cls, ref as never, { current_operations } as never);
};
