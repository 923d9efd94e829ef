import { messageOf } from '../failure';
import type { Desk } from '../desk';
import { alert } from '../message/alert';

/** At the start, beside other work: a log that was tampered with is told of. */
export const watchAudit = async (desk: Desk): Promise<void> => {
  try {
    const broken = await desk.audit?.verify(), pool = [...desk.store.all('pool').values()][0];
    if (!broken) return;
    desk.log.error('the audit log is not whole', { ...broken });
    const where = broken.file === '' ? '' : ` (${broken.file}${broken.line > 0 ? `, line ${broken.line}` : ''})`;
    if (pool) alert(desk, { name: 'AUDIT_LOG_BROKEN', priority: 2, cls: 'Pool', uuid: pool.uuid, body: `The audit log is not what was written${where}: ${broken.why}.` });
  } catch (error) { if (!desk.stopping.aborted) desk.log.error('the audit log cannot be checked', { why: messageOf(error) }); }
};
