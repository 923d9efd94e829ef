/* What a host gives as a file, over a pinned connection of its own, as fast as it is taken. Version 1.0: no chunks. An archive of a VM has no length that the host
 * could know before: whether it is whole its task tells. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { HostSilent } from '../connection/errors';
import { ApiError } from '../shared/api';
import { authority } from './address';
import { openPinned, type PinnedTarget } from './tls';
import { locationOf, refusalOf, UPLOAD_IDLE_TIMEOUT_MS } from './upload';

export interface FileDownload {
  /** With its query: `/export?uuid=…`. */
  path: string;
  /** Is ended by nobody here. */
  into: Writable;
  /** Goes on with what is there already. */
  fromByte?: number;
  /** An archive goes on only if what is there is its beginning: `sha256:…` of it. Else all comes, into what `anew` opens. */
  ifRange?: { tag: string; anew: () => Writable };
  signal?: AbortSignal;
  /** @param totalBytes undefined: the host does not know */
  onProgress?: (receivedBytes: number, totalBytes: number | undefined) => void;
}

const HEAD_MAX_CHARS = 65_536;

/** Answers how many bytes came. Rejects with ApiError (the host said no) or HostSilent, or as writing fails. */
export const downloadFile = async (target: PinnedTarget, { path, into: given, fromByte: asked = 0, ifRange, signal, onProgress }: FileDownload): Promise<number> => {
  const opened = await openPinned(signal ? { ...target, signal } : target);
  if (opened.outcome !== 'trusted') throw new HostSilent(opened.outcome === 'unreachable' ? opened.reason : opened.outcome === 'changed' ? 'certificate-changed' : 'certificate-untrusted');
  const { socket } = opened, stop = (): void => { socket.destroy(new HostSilent('cancelled')); };
  signal?.addEventListener('abort', stop, { once: true });
  socket.setTimeout(UPLOAD_IDLE_TIMEOUT_MS, () => { socket.destroy(new HostSilent('call-timeout', 'download')); });
  try {
    socket.write(`GET ${path} HTTP/1.0\r\nHost: ${authority(target)}\r\n${asked > 0 ? `Range: bytes=${asked}-\r\n${ifRange ? `If-Range: "${ifRange.tag}"\r\n` : ''}` : ''}Connection: close\r\n\r\n`);
    let into = given, fromByte = asked, head = '', received = 0, total: number | undefined, status = 0, location: string | undefined;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      let body = chunk;
      if (status === 0) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0 && head.length < HEAD_MAX_CHARS) continue;
        status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
        if (status === 0) throw new HostSilent('garbled', 'download');
        const length = /\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end))?.[1];
        location = locationOf(head.slice(0, end));
        total = length === undefined ? undefined : Number(length);
        body = Buffer.from(head.slice(end + 4), 'latin1');
        head = '';
      }
      if (status !== 200 && status !== 206) { head = (head + body.toString('utf8')).slice(0, HEAD_MAX_CHARS); continue; }
      if (fromByte > 0 && status !== 206) {
        if (!ifRange) throw new HostSilent('no-range', 'download');
        [into, fromByte] = [ifRange.anew(), 0];
      }
      received += body.length;
      if (!into.write(body)) await once(into, 'drain');
      onProgress?.(fromByte + received, total === undefined ? undefined : fromByte + total);
    }
    if (status !== 200 && status !== 206) throw refusalOf(status, head, location);
    if (total !== undefined && received < total) throw new HostSilent('closed', 'download');
    return received;
  } catch (error) {
    if (signal?.aborted) throw new HostSilent('cancelled');
    throw error instanceof ApiError || (error as NodeJS.ErrnoException).syscall === 'write' && (error as NodeJS.ErrnoException).code !== 'EPIPE' ? error : HostSilent.from(error, 'download');
  } finally {
    signal?.removeEventListener('abort', stop);
    socket.destroy();
  }
};
