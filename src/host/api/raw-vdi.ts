import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../shared/api';
import { announcedLength, withAsker, type Serve } from './exchange';

/* PUT /import_raw_vdi?vdi=<ref or uuid>&format=raw[&task_id=]: the bytes of a disk or a CD image. They go to the repository as fast as it takes them.
 * The answer comes when the last of them is safe: 200, or the XenAPI error as a JSON array. Chunked bodies are refused, as xapi does. */

export const importRawVdi: Serve = ({ request, query }, { brain, sessions, tasks }) =>
  withAsker(request, query, sessions, 'put_import_raw_vdi', async ({ caller, task }) => {
    const vdi = query.get('vdi') ?? '', format = query.get('format') ?? 'raw';
    if (format !== 'raw') throw new ApiError('VALUE_NOT_SUPPORTED', 'format', format.slice(0, 100), 'only raw bytes are taken');
    const length = lengthOf(request);
    if (length === 0) return; // some clients try first whether they may
    await tasks.follow('import_raw_vdi', caller, task, async context => { await brain.writeVdi(context, vdi, request, length); return '<value></value>'; });
  });

const lengthOf = (request: IncomingMessage): number => {
  const length = announcedLength(request);
  if (length === 'chunked' || request.headers['content-length'] === undefined) throw new ApiError('INVALID_VALUE', 'content-length', '');
  return length;
};
