import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '../../shared/api';
import type { Brain } from '../operations/contract';
import { answerError, withAsker, type TransferServices } from './exchange';

/* GET /vncsnapshot?uuid= (or ref=) of a console or a VM: a picture of the screen. XenServer answers JPEG; this host PNG, which no letter on the screen suffers from, and whoever shows it looks at its type. */

export const createSnapshots = (brain: Pick<Brain, 'screenshot'>, services: Pick<TransferServices, 'sessions' | 'auditor' | 'log'>) => (request: IncomingMessage, response: ServerResponse): boolean => {
  const url = new URL(request.url ?? '/', 'https://host');
  if (!/^\/vncsnapshot\/?$/.test(url.pathname) || request.method !== 'GET') return false;
  request.resume();
  const uuid = url.searchParams.get('uuid'), ref = url.searchParams.get('ref');
  withAsker(request, url.searchParams, services, 'get_vncsnapshot', () => {
    if (uuid === null && ref === null) throw new ApiError('HANDLE_INVALID', 'console', '');
    return brain.screenshot(uuid === null ? { ref: ref ?? '' } : { uuid });
  }).then(picture => {
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': picture.length, 'cache-control': 'no-store' });
    response.end(picture);
  }).catch((error: unknown) => { answerError(request, response, error, services.log); });
  return true;
};
