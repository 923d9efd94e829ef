import { randomUUID } from 'node:crypto';
import { ApiError, isNull, type Ref, type VdiOperations } from '../../../shared/api';
import type { Disposable } from '../../../shared/lib/emitter';
import type { Transaction } from '../../store/contract';
import type { CallContext } from '../contract';
import type { Desk } from '../desk';

/* What is being done to a VDI keeps others off it: an attach (vm/spec.ts looks here), and any other operation. */

/** Reading it is no danger to another that reads. */
const TOGETHER: readonly VdiOperations[] = ['clone', 'copy', 'snapshot'];

export const withVdis = async <T>(desk: Desk, context: CallContext, vdis: readonly Ref<'VDI'>[], operation: VdiOperations, work: () => Promise<T>, { attached = false }: { /** The VM that has them open is locked. */ attached?: boolean } = {}): Promise<T> => {
  const entry = isNull(context.task.ref) ? `OpaqueRef:${randomUUID()}` : context.task.ref;
  const claimed = claimVdis(desk, vdis, operation, entry, attached);
  try { return await desk.traffic.through(undefined, work); } finally { claimed.dispose(); }
};

/** For what takes hours: background work elsewhere goes on beside it. */
export const claimVdis = (desk: Desk, vdis: readonly Ref<'VDI'>[], operation: VdiOperations, entry = `OpaqueRef:${randomUUID()}`, attached = false): Disposable => {
  desk.store.transaction(tx => {
    for (const vdi of vdis) {
      assertVdiFree(tx, vdi, operation, attached);
      tx.set('VDI', vdi, { current_operations: { ...tx.get('VDI', vdi).current_operations, [entry]: operation } });
    }
  });
  return {
    dispose: () => {
      desk.store.transaction(tx => {
        for (const vdi of vdis) {
          const record = tx.find('VDI', vdi);
          if (!record) continue;
          const { [entry]: _, ...rest } = record.current_operations;
          tx.set('VDI', vdi, { current_operations: rest });
        }
      });
    },
  };
};

const assertVdiFree = (tx: Transaction, vdi: Ref<'VDI'>, operation: VdiOperations, attached: boolean): void => {
  const record = tx.get('VDI', vdi);
  if (!record.managed) throw new ApiError('VDI_NOT_MANAGED', vdi);
  const takesAway = operation === 'destroy' || operation === 'forget';
  if (record.missing && !takesAway) throw new ApiError('VDI_MISSING', record.SR, vdi);
  const users = record.VBDs.map(vbd => tx.get('VBD', vbd));
  if (!attached && users.some(vbd => vbd.currently_attached)) throw new ApiError('VDI_IN_USE', vdi, operation);
  if (record.type === 'suspend' && [...tx.all('VM').values()].some(vm => vm.suspend_VDI === vdi)) throw new ApiError('VDI_IN_USE', vdi, operation);
  // A default template without its disk would be offered and not work.
  if (!TOGETHER.includes(operation) && users.some(vbd => tx.get('VM', vbd.VM).is_default_template)) throw new ApiError('VDI_IN_USE', vdi, operation);
  const other = Object.entries(record.current_operations).find(([, running]) => !(TOGETHER.includes(operation) && TOGETHER.includes(running)));
  if (other) throw new ApiError('OTHER_OPERATION_IN_PROGRESS', 'VDI', vdi, other[1], other[0]);
};
