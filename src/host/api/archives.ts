import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, parseType, type Ref } from '../../shared/api';
import { MOVED_FROM } from '../operations/archive/migrate';
import type { CallContext, ImportOptions, Part, Sink } from '../operations/contract';
import type { Compression } from '../transfer/contract';
import { announcedLength, argsOf, audited, bodyOf, pump, withAsker, type Asked, type Serve } from './exchange';
import { resumed, type Uploads } from './resumable';
import { toXml } from './xml';

/* GET /export, PUT /import and their like for metadata alone: whole VMs as XenServer's archives (XVA), or as OVA. As xapi has it, an import is answered before its body is
 * read, with the task in a header; how it ends, the task tells, and the body of the answer: the task's result, or the error. */

const VMS = parseType('VM ref set'), NOTHING = '<value></value>';

export const exportVm: Serve = ({ request, response, query }, services) =>
  withAsker(request, query, services, 'get_export', async ({ caller, task }) => {
    const compression = compressionOf(query.get('use_compression')), includeSnapshots = isTrue(query, 'include_snapshots'), format = formatOf(query.get('format'));
    await services.tasks.follow('VM.export', caller, task, async context => {
      await services.brain.archives.exportVm(context, named(query), { format, compression, includeSnapshots, part: partOf(request) }, send(response, context, `export.${format}`));
      return NOTHING;
    });
    return undefined;
  });

export const exportMetadata: Serve = ({ request, response, query }, services) =>
  withAsker(request, query, services, 'get_export_metadata', async ({ caller, task }) => {
    const vms = isTrue(query, 'all') ? undefined : [named(query)], includeSnapshots = query.get('export_snapshots') !== 'false';
    await services.tasks.follow('VM.export_metadata', caller, task, async context => {
      await services.brain.archives.exportMetadata(context, vms, includeSnapshots, send(response, context, 'metadata.xva'));
      return NOTHING;
    });
    return undefined;
  });

export const importVm = (uploads: Uploads): Serve => ({ request, response, query }, services) => {
  const { brain, tasks, auditor } = services;
  const work = async ({ caller, task }: Asked): Promise<string | undefined> => {
    const length = lengthOf(request);
    if (length === 0) return undefined; // some clients try first whether they may
    const follow = (bytes: (signal: AbortSignal) => AsyncIterable<Buffer>, of = task): Promise<string> =>
      tasks.follow('VM.import', caller, of, async context => toXml(VMS, await brain.archives.importVm(context, accepted(bytes, response, context), length, importOptions(query))));
    return resumed(query, { caller, task }, uploads, request)?.begin(follow) ?? follow(signal => bodyOf(request, signal));
  }, ticket = query.get('ticket');
  if (ticket !== null) {
    const args = { ...argsOf(query), by: 'the ticket of a host' };
    return brain.arrivals.through(ticket, request.socket.remoteAddress ?? '', caller => audited(auditor, { call: 'http/put_import', caller, args }, () => work({ caller, task: undefined })));
  }
  return withAsker(request, query, services, 'put_import', work);
};

/** What has become of a VM that another host was sending; DELETE: it knows. The ticket is all that it needs. */
export const migration: Serve = ({ request, query }, { brain: { arrivals } }) => {
  const ticket = query.get('ticket') ?? '';
  if (request.method !== 'DELETE') return Promise.resolve(JSON.stringify(arrivals.outcome(ticket)));
  arrivals.forget(ticket);
  return Promise.resolve('{}');
};

export const importMetadata: Serve = ({ request, response, query }, services) =>
  withAsker(request, query, services, 'put_import_metadata', async ({ caller, task }) => {
    if (lengthOf(request) === 0) return undefined;
    return services.tasks.follow('VM.metadata_import', caller, task, async context => toXml(VMS, await services.brain.archives.importMetadata(context, accepted(signal => bodyOf(request, signal), response, context), importOptions(query))));
  });

const importOptions = (query: URLSearchParams): ImportOptions => ({
  sr: query.get('sr_id') ?? query.get('sr_uuid') ?? undefined, restore: isTrue(query, 'restore'), force: isTrue(query, 'force'), network: query.get('network') ?? undefined, dryRun: isTrue(query, 'dry_run'), ticket: query.get('ticket') ?? undefined,
  movedFrom: query.get(MOVED_FROM.uuid) === null ? undefined : { uuid: query.get(MOVED_FROM.uuid) ?? '', name_label: query.get(MOVED_FROM.name) ?? '' },
  vdis: Object.fromEntries([...query].filter(([key]) => key.startsWith('vdi:')).map(([key, value]) => [key.slice('vdi:'.length), value])),
});

const named = (query: URLSearchParams): string => {
  const vm = query.get('ref') ?? query.get('uuid');
  if (vm === null || vm === '') throw new ApiError('INVALID_VALUE', 'uuid', '');
  return vm;
};
const isTrue = (query: URLSearchParams, key: string): boolean => query.get(key) === 'true' || query.get(key) === '1';

const formatOf = (text: string | null): 'xva' | 'ova' => {
  if (text === null || text === '' || text === 'xva') return 'xva';
  if (text === 'ova') return 'ova';
  throw new ApiError('VALUE_NOT_SUPPORTED', 'format', text.slice(0, 100), 'it is xva or ova');
};

const compressionOf = (text: string | null): Compression => {
  switch (text) {
    case null: case '': case 'false': return 'none';
    case 'true': case 'gzip': return 'gzip';
    case 'zstd': return 'zstd';
    default: throw new ApiError('VALUE_NOT_SUPPORTED', 'use_compression', text.slice(0, 100), 'it is gzip or zstd');
  }
};

const lengthOf = (request: IncomingMessage): number => {
  const length = announcedLength(request);
  if (length === 'chunked') throw new ApiError('IMPORT_ERROR_CANNOT_HANDLE_CHUNKED');
  return length;
};

/** The body of a request that is answered before its first byte is asked for. */
async function* accepted(bytes: (signal: AbortSignal) => AsyncIterable<Buffer>, response: ServerResponse, { task: { ref, signal } }: CallContext): AsyncGenerator<Buffer> {
  openAnswer(response, ref, 'text/plain');
  response.flushHeaders();
  yield* bytes(signal);
}

/** As long as the connection: no length, not in chunks, like xapi. */
const openAnswer = (response: ServerResponse, task: Ref<'task'>, type: string, more: Readonly<Record<string, string>> = {}, status = 200): void => {
  response.useChunkedEncodingByDefault = false;
  response.writeHead(status, { 'content-type': type, 'task-id': task, connection: 'close', 'cache-control': 'no-cache, no-store', ...more });
};

const send = (response: ServerResponse, context: CallContext, filename: string): Sink => async (bytes, lengthBytes, fromByte = 0) => {
  openAnswer(response, context.task.ref, 'application/octet-stream', {
    'content-disposition': `attachment; filename="${filename}"`, ...(lengthBytes === undefined ? {} : { 'content-length': String(lengthBytes - fromByte) }),
    ...(fromByte === 0 ? {} : { 'content-range': `bytes ${fromByte}-${lengthBytes === undefined ? '' : lengthBytes - 1}/${lengthBytes ?? '*'}` }),
  }, fromByte === 0 ? 200 : 206);
  await pump(response, context, bytes);
};

/** `Range: bytes=N-` with `If-Range: "sha256:…"` of those N bytes. A range alone would not say whether what is there belongs to what follows, and all is sent. */
const partOf = ({ headers }: IncomingMessage): Part | undefined => {
  const bytes = /^bytes=(\d{1,15})-$/.exec(headers.range ?? '')?.[1], sha256 = /^"sha256:([0-9a-f]{64})"$/.exec(String(headers['if-range'] ?? ''))?.[1];
  return bytes === undefined || sha256 === undefined ? undefined : { bytes: Number(bytes), sha256 };
};
