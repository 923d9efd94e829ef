import { FILENAME, receive } from '../transfer';
import type { Verb } from '../verb';

export const auditLogGet: Verb = {
  name: 'audit-log-get', summary: 'writes the audit log into a file: who did what', parameters: [FILENAME, { name: 'since', about: 'from a moment on: 20260102T03:04:05Z' }], flags: ['force'],
  run: async context => { const since = context.values.get('since'); await receive(context, 'Audit log', '/audit_log', since === undefined ? {} : { since }); },
};
