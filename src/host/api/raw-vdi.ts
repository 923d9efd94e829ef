import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { ApiError, parseType } from '../../shared/api';
import type { CallContext, VdiImport } from '../operations/contract';
import { DISK_FORMATS, IMAGE_FORMATS, type DiskFormat } from '../transfer/contract';
import { announcedLength, bodyOf, pump, withAsker, type Serve } from './exchange';
import { resumed, type Uploads } from './resumable';
import { toXml } from './xml';

/* GET /export_raw_vdi and PUT /import_raw_vdi: single disks in several formats. The answer to an upload comes when the last of its bytes is safe: 200, or the XenAPI
 * error as a JSON array. Chunked bodies are refused, as xapi does. */

const VDI = parseType('VDI ref');
const TYPES: Readonly<Record<DiskFormat, string>> = { raw: 'application/octet-stream', vhd: 'application/vhd', 'vhd-fixed': 'application/vhd', vhdx: 'application/vhdx', qcow2: 'application/x-qemu-disk', vmdk: 'application/x-vmdk' };

/** `?vdi=&format=raw[&task_id=]` overwrites a disk or a CD image with all of the bytes, or with none; `sr_id=` makes a new disk; `offset=` is an upload that may be resumed. */
export const importRawVdi = (uploads: Uploads): Serve => ({ request, response, query }, services) =>
  withAsker(request, query, services, 'put_import_raw_vdi', async ({ caller, task }) => {
    const { brain, tasks } = services, wanted = wantedOf(query), length = lengthOf(request);
    if (length === 0) return undefined; // some clients try first whether they may
    if (length === Infinity && task === undefined && !await letIn(request, response)) return undefined;
    const resumable = resumed(query, { caller, task }, uploads, request);
    const follow = (bytes?: (signal: AbortSignal) => AsyncIterable<Buffer>, of = task): Promise<string> => tasks.follow('import_raw_vdi', caller, of, async context => {
      const { signal } = context.task;
      if (wanted.vdi === undefined || wanted.format !== 'raw' || wanted.offset !== undefined) return toXml(VDI, await brain.archives.importVdi(context, wanted, bytes?.(signal) ?? bodyOf(request, signal), length));
      await brain.writeVdi(context, wanted.vdi, bytes ? Readable.from(bytes(signal), { objectMode: false }) : request, Number.isFinite(length) ? length : UNKNOWN_LENGTH_BYTES);
      return '<value></value>';
    });
    await (resumable?.begin(follow) ?? follow());
    return undefined;
  });
const UNKNOWN_LENGTH_BYTES = 2 ** 50;

/** Who does not know how much it will send, and names no task, may only be trying: it waits to be let in, and goes away without a byte. With a task the answer waits
 * for the last byte: npm xen-api hangs up on the answer, whatever it has still to send. */
const letIn = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, no-store', connection: 'close' }).flushHeaders();
  return new Promise(resolve => {
    const settle = (): void => { request.off('readable', settle).off('close', settle); resolve(request.readableLength > 0); };
    request.on('readable', settle).on('close', settle);
  });
};

const wantedOf = (query: URLSearchParams): VdiImport => {
  const format = query.get('format') ?? 'raw', offset = query.get('resumable') === 'true' ? null : query.get('offset'), sr = query.get('sr_id') ?? query.get('sr_uuid') ?? undefined, vdi = query.get('vdi') ?? (sr === undefined ? '' : undefined);
  if (!isOneOf(format, IMAGE_FORMATS)) throw new ApiError('VALUE_NOT_SUPPORTED', 'format', format.slice(0, 100), `it is one of ${IMAGE_FORMATS.join(', ')}`);
  if (offset !== null && (!/^\d{1,15}$/.test(offset) || format !== 'raw' || vdi === undefined)) throw new ApiError('INVALID_VALUE', 'offset', offset.slice(0, 100));
  return { vdi, sr, format, name: query.get('name_label') ?? 'Imported VDI', offset: offset === null ? undefined : Number(offset) };
};

const lengthOf = (request: IncomingMessage): number => {
  const length = announcedLength(request);
  if (length === 'chunked' || request.headers['content-length'] === undefined) throw new ApiError('INVALID_VALUE', 'content-length', '');
  return length;
};

/** `?vdi=&format=&base=`; `Range: bytes=N-` goes on with a download, which is the same bytes as long as the disk is not written: a snapshot's always are. */
export const exportRawVdi: Serve = ({ request, response, query }, services) =>
  withAsker(request, query, services, 'get_export_raw_vdi', async ({ caller, task }) => {
    const vdi = query.get('vdi') ?? '', format = query.get('format') ?? 'raw', base = query.get('base') ?? undefined, fromByte = rangeOf(request);
    if (!isOneOf(format, DISK_FORMATS)) throw new ApiError('VALUE_NOT_SUPPORTED', 'format', format.slice(0, 100), `it is one of ${DISK_FORMATS.join(', ')}`);
    if (base !== undefined && format !== 'vhd') throw new ApiError('VALUE_NOT_SUPPORTED', 'base', base, 'only a VHD can be the difference to another disk');
    await services.tasks.follow('export_raw_vdi', caller, task, async context => {
      await services.brain.archives.exportVdi(context, vdi, { format, base, fromByte: fromByte ?? 0 }, async (bytes, lengthBytes) => {
        head(response, context, { format, vdi, fromByte, lengthBytes });
        await pump(response, context, bytes);
      });
      return '<value></value>';
    });
    return undefined;
  });

const head = (response: ServerResponse, { task: { ref } }: CallContext, { format, vdi, fromByte, lengthBytes }: { format: DiskFormat; vdi: string; fromByte: number | undefined; lengthBytes: number }): void => {
  response.writeHead(fromByte === undefined ? 200 : 206, {
    'content-type': TYPES[format], 'content-length': lengthBytes - (fromByte ?? 0), 'accept-ranges': 'bytes', 'task-id': ref, connection: 'close', 'cache-control': 'no-cache, no-store',
    'content-disposition': `attachment; filename="${vdi.replace(/^OpaqueRef:/, '').replace(/[^0-9A-Za-z-]/g, '')}.${format.replace('-fixed', '')}"`,
    ...(fromByte === undefined ? {} : { 'content-range': `bytes ${fromByte}-${lengthBytes - 1}/${lengthBytes}` }),
  });
};

const rangeOf = (request: IncomingMessage): number | undefined => {
  const from = /^bytes=(\d{1,15})-$/.exec(request.headers.range ?? '')?.[1];
  return from === undefined ? undefined : Number(from);
};

const isOneOf = <T extends string>(text: string, list: readonly T[]): text is T => (list as readonly string[]).includes(text);
