import { ApiError } from '../../../shared/api';
import type { AuditLog } from '../../audit/contract';
import type { PluginFunction } from '../host/plugin-function';

const LINES_MAX = 2_000, LINES = 200;

export const auditFunctions = (audit: AuditLog): Readonly<Record<string, PluginFunction>> => ({
  /** `audit_log {count?}` answers the newest lines, oldest first, as a JSON list of texts. All of them: GET /audit_log. */
  audit_log: (_context, args) => {
    const count = Number(args['count'] ?? LINES);
    if (!Number.isInteger(count) || count < 1 || count > LINES_MAX) throw new ApiError('INVALID_VALUE', 'count', `1 to ${LINES_MAX}`);
    return JSON.stringify(audit.tail(count));
  },
});
