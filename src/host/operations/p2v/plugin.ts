import { ApiError } from '../../../shared/api';
import type { Desk } from '../desk';
import { argument, type PluginFunction } from '../host/plugin-function';
import { assertName } from '../vm/limits';
import { CODE_MINUTES_MAX } from './codes';
import { fixAgain } from './fix';
import { keptTransfers } from './kept';
import { placeOf } from './make';
import { transfersOf } from './transfers';

/* What an administrator does about physical machines. How far each has come is in VM.other_config (kept.ts), where every client sees it. */

const CODE_MINUTES = '60';

export const p2vPlugin = (desk: Desk): Readonly<Record<string, PluginFunction>> => {
  const transfers = transfersOf(desk);
  return {
    /** `p2v_code {name, sr?: uuid, network?: uuid, minutes?}` answers JSON {id, code, expires}: shown this once. */
    p2v_code: (_context, args) => {
      const name = argument(args, 'name'), { sr = '', network = '', minutes = CODE_MINUTES } = args, lasts = Number(minutes);
      assertName('name', name);
      if (!Number.isInteger(lasts) || lasts < 1 || lasts > CODE_MINUTES_MAX) throw new ApiError('INVALID_VALUE', 'minutes', minutes.slice(0, 100));
      placeOf(desk, { sr, network });
      const { id, code, expires } = transfers.codes.make({ name, sr, network, minutes: lasts });
      desk.log.info('a code for a machine was made', { id, minutes: lasts });
      return JSON.stringify({ id, code, expires });
    },
    /** `p2v_codes` answers JSON: [{id, name, sr, network, expires}], without the secret halves. */
    p2v_codes: () => JSON.stringify(transfers.codes.list()),
    /** `p2v_revoke {id}`: the code is good for nothing any more. */
    p2v_revoke: (_context, args) => { transfers.codes.revoke(argument(args, 'id')); return ''; },
    /** `p2v_call_off {vm: uuid}`: nothing of a machine that is still being brought in stays. */
    p2v_call_off: async (_context, args) => {
      const uuid = argument(args, 'vm'), id = transfers.idOf(uuid);
      if (id === undefined) throw new ApiError('OPERATION_NOT_ALLOWED', 'this machine is not being brought in');
      await transfers.giveUp(id);
      return '';
    },
    /** `p2v_fix {vm: uuid}`: tries once more to make it boot. */
    p2v_fix: (_context, args) => {
      const uuid = argument(args, 'vm'), transfer = keptTransfers(desk).find(each => each.vmUuid === uuid && each.state === 'unfixed');
      if (!transfer) throw new ApiError('OPERATION_NOT_ALLOWED', 'there is nothing to put right about this machine');
      fixAgain(desk, transfer);
      return '';
    },
    /** `p2v_medium` answers JSON {state, lacks, sizeBytes?, builtAt?}. */
    p2v_medium: () => {
      const { state, iso } = desk.p2vMedium.facts();
      return JSON.stringify({ state, lacks: desk.p2vMedium.lacks(), ...(iso ? { sizeBytes: iso.sizeBytes, builtAt: iso.builtAt } : {}) });
    },
    /** `p2v_build`: makes the ISO; minutes, so call it as a task. It is fetched from /p2v/iso. */
    p2v_build: async context => {
      const lacks = desk.p2vMedium.lacks();
      if (lacks !== '') throw new ApiError('OPERATION_NOT_ALLOWED', lacks);
      await desk.p2vMedium.build(context.task.signal, (fraction, words) => {
        context.task.progress(fraction);
        if (words !== '') desk.log.info('P2V boot medium', { doing: words });
      });
      return '';
    },
  };
};
