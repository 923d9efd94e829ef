import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '../../shared/api';
import type { AuditLog } from '../audit/contract';
import { milliseconds } from '../operations/datetime';
import { answer, answerError, pump, withAsker, type TransferServices } from './exchange';

/* GET /audit_log[?since=]: the lines of the audit log, from a moment on (XenAPI's `20260102T03:04:05Z`, or as ISO 8601 writes it). */

export const createAuditHandler = (audit: AuditLog, services: TransferServices) => (request: IncomingMessage, response: ServerResponse): boolean => {
  const url = new URL(request.url ?? '/', 'https://host');
  if (!/^\/audit_log\/?$/.test(url.pathname) || request.method !== 'GET') return false;
  request.resume();
  serve(request, response, url.searchParams, audit, services).catch((error: unknown) => { answerError(request, response, error, services.log); });
  return true;
};

const serve = async (request: IncomingMessage, response: ServerResponse, query: URLSearchParams, audit: AuditLog, services: TransferServices): Promise<void> => {
  await withAsker(request, query, services, 'get_audit_log', async ({ caller, task }) => {
    const since = momentOf(query.get('since'));
    await services.tasks.follow('audit_log', caller, task, async context => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-disposition': 'attachment; filename="audit.log"', 'task-id': context.task.ref, 'cache-control': 'no-cache, no-store', connection: 'close' });
      await pump(response, context, audit.read(since));
      return '<value></value>';
    });
  });
  if (!response.writableEnded) answer(request, response, 200, '');
};

const momentOf = (text: string | null): number | undefined => {
  if (text === null || text === '') return undefined;
  const moment = /^\d{8}T/.test(text) ? milliseconds(text) : Date.parse(text);
  if (Number.isNaN(moment)) throw new ApiError('INVALID_VALUE', 'since', text.slice(0, 100));
  return moment;
};
