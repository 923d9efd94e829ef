import { ApiError } from '../../../shared/api';
import type { Desk } from '../desk';
import { argument, type PluginFunction } from '../host/plugin-function';

/* What the serial line of a VM said since its last boot; also of a VM that has ended, when it is wanted most. */

const LOG_DEFAULT_BYTES = 64 * 1024;
const LOG_MAX_BYTES = 1024 * 1024;

/** `console_log {vm: uuid, bytes?, times?}` answers the end of the log; `times: true` has the time before each line, as far as the host listened then: not of a VM that has ended. */
export const consoleLogPlugin = (desk: Desk): Readonly<Record<string, PluginFunction>> => ({
  console_log: async (_context, args) => {
    const { uuid } = desk.store.get('VM', desk.store.byUuid('VM', argument(args, 'vm')));
    const { bytes = String(LOG_DEFAULT_BYTES), times = 'false' } = args;
    const wanted = Number(bytes);
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > LOG_MAX_BYTES) throw new ApiError('INVALID_VALUE', 'bytes', bytes.slice(0, 100));
    if (times !== 'true' && times !== 'false') throw new ApiError('INVALID_VALUE', 'times', times.slice(0, 100));
    return await desk.engine.consoleLog(uuid, wanted, times === 'true');
  },
});
