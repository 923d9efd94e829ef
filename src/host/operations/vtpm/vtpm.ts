import { ApiError, nullRef, type Ref } from '../../../shared/api';
import type { Transaction } from '../../store/contract';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';

/* A VM's TPM. Its record says that there is one; what is in it the engine keeps. A new one is empty, whatever an earlier one left behind. */

const PER_VM = 1;

export const vtpms = (desk: Desk): Handlers => ({
  'VTPM.create': (context, vm, isUnique) => desk.lock.run(context, vm, 'create_vtpm', async () => {
    const { uuid } = desk.store.get('VM', vm), why = (await desk.engine.facts()).lacks?.tpm;
    if (why !== undefined) throw new ApiError('OPERATION_NOT_ALLOWED', why);
    if (desk.store.get('VM', vm).VTPMs.length >= PER_VM) throw new ApiError('VTPM_MAX_AMOUNT_REACHED', String(PER_VM));
    await desk.engine.forget(uuid, 'tpm');
    return desk.store.transaction(tx => tx.create('VTPM', { VM: vm, backend: nullRef<'VM'>(), is_unique: isUnique, persistence_backend: 'xapi', allowed_operations: ['destroy'] }));
  }),
  /** What was sealed with it is lost. A crash after the record is gone leaves a state that reconcile takes away. */
  'VTPM.destroy': (context, self) => {
    const { VM: vm } = desk.store.get('VTPM', self);
    return desk.lock.run(context, vm, 'create_vtpm', async () => {
      desk.store.transaction(tx => { tx.destroy('VTPM', self); });
      await desk.engine.forget(desk.store.get('VM', vm).uuid, 'tpm');
    });
  },
});

/** The VTPMs of a VM that was made after another: as many, and empty. */
export const duplicateVtpms = (tx: Transaction, from: Ref<'VM'>, to: Ref<'VM'>): void => {
  for (const ref of tx.get('VM', from).VTPMs) {
    const { is_unique } = tx.get('VTPM', ref);
    if (!is_unique) tx.create('VTPM', { VM: to, is_unique, persistence_backend: 'xapi', allowed_operations: ['destroy'] });
  }
};
