import { nullRef } from '../../shared/api';
import type { CallContext } from './contract';
import type { Desk } from './desk';

/** What the host does by itself has no caller and no task. */
export const ownContext = (desk: Desk): CallContext => ({
  caller: { session: nullRef<'session'>(), user: '', role: 'pool-admin', origin: '' },
  task: { ref: nullRef<'task'>(), progress: () => {}, signal: desk.stopping },
});
