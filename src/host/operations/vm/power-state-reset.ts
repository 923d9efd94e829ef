import { ApiError } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { end } from './shutdown';

/** For a record that outlived its machine. A machine that is there is never forgotten this way. */
export const powerStateReset = (desk: Desk): Handler<'VM.power_state_reset'> => (context, vm) =>
  desk.lock.run(context, vm, 'power_state_reset', async () => {
    if (desk.engine.state(desk.store.get('VM', vm).uuid) !== 'gone') throw new ApiError('OPERATION_NOT_ALLOWED', 'the virtual machine is still there; use VM.hard_shutdown');
    await end(desk, vm);
  });
