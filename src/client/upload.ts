/* One file to the host over a pinned connection of its own: PUT with its length, as fast as the host takes it. Spoken by hand, because hosts may say 200
 * before they have read the first byte, and may hang up with the reason still unread: it has gone well only when all was sent and the host has ended. */
import { Transform, Writable, type Readable, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import { Elsewhere, HostSilent } from '../connection/errors';
import { ApiError } from '../shared/api';
import { authority } from './address';
import { openPinned, type PinnedTarget } from './tls';

export interface FileUpload {
  /** With its query: `/import_raw_vdi?vdi=…`. */
  path: string;
  /** Called once, or once more when another member of the pool takes it. */
  read(): Readable;
  sizeBytes: number;
  signal?: AbortSignal;
  onProgress?: (sentBytes: number) => void;
}
/** The file is not what it was when it was chosen, or cannot be read any more. */
export class FileUnreadable extends Error {
  constructor(reason: string) { super(reason); this.name = 'FileUnreadable'; }
}

/** No byte either way for so long: the host is gone. It may take its time to write down what it got. */
export const UPLOAD_IDLE_TIMEOUT_MS = 600_000;
const ANSWER_MAX_CHARS = 16_384;

/** Rejects with ApiError (the host said no), HostSilent, or FileUnreadable. */
export const uploadFile = async (target: PinnedTarget, upload: FileUpload): Promise<void> => {
  const { sizeBytes, signal, onProgress } = upload, bytes = upload.read();
  let file: FileUnreadable | undefined;
  bytes.once('error', error => { file = new FileUnreadable((error as NodeJS.ErrnoException).code ?? error.message); });
  const opened = await openPinned(signal ? { ...target, signal } : target);
  if (opened.outcome !== 'trusted') {
    bytes.destroy();
    throw new HostSilent(opened.outcome === 'unreachable' ? opened.reason : opened.outcome === 'changed' ? 'certificate-changed' : 'certificate-untrusted');
  }
  const { socket } = opened;
  const sending = new AbortController();
  const stop = (): void => { sending.abort(); };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  socket.setTimeout(UPLOAD_IDLE_TIMEOUT_MS, () => { socket.destroy(new HostSilent('call-timeout', 'upload')); });
  // A refusal ends the sending.
  const answer = readAnswer(socket, stop);
  try {
    socket.write(`PUT ${upload.path} HTTP/1.0\r\nHost: ${authority(target)}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${sizeBytes}\r\nConnection: close\r\n\r\n`);
    await pipeline(bytes, new Meter(sizeBytes, onProgress), writesTo(socket), { signal: sending.signal });
    const { status, text, location, ended } = await answer;
    if (signal?.aborted) throw new HostSilent('cancelled');
    if (status !== 200) throw refusalOf(status, text, location);
    if (!ended) throw new HostSilent('closed', 'upload');
  } catch (error) {
    if (signal?.aborted) throw new HostSilent('cancelled');
    if (file) throw file;
    if (error instanceof ApiError || error instanceof FileUnreadable || error instanceof Elsewhere) throw error;
    // The host may have said why before it hung up.
    const { status, text, location } = await answer;
    if (status !== 200 && status !== 0) throw refusalOf(status, text, location);
    throw HostSilent.from(error, 'upload');
  } finally {
    signal?.removeEventListener('abort', stop);
    bytes.destroy();
    socket.destroy();
  }
};

/** What the host says until it ends (`ended`: with a word, not cut off), or until it has refused; status 0: it said nothing. Never rejects. */
const readAnswer = (socket: TLSSocket, onRefused: () => void): Promise<{ status: number; text: string; location: string | undefined; ended: boolean }> => new Promise(resolve => {
  let got = '';
  const statusNow = (): number => Number(/^HTTP\/1\.[01] (\d{3})/.exec(got)?.[1] ?? 0);
  socket.on('data', (chunk: Buffer) => {
    if (got.length < ANSWER_MAX_CHARS) got += chunk.toString('latin1');
    const status = statusNow();
    if (status !== 0 && status !== 200 && isWhole(got)) { settle(false); onRefused(); }
  });
  const settle = (ended: boolean): void => { const end = got.indexOf('\r\n\r\n'); resolve({ status: statusNow(), text: got.slice(end + 4), location: locationOf(got.slice(0, end)), ended }); };
  socket.once('end', () => { settle(true); }).once('close', () => { settle(false); });
});
/** Its head, and as much of a body as the head promised; without a promise, the first word of it. Version 1.0 has no chunks. */
const isWhole = (got: string): boolean => {
  const end = got.indexOf('\r\n\r\n');
  return end >= 0 && got.length - end - 4 >= Number(/\r\ncontent-length: *(\d+)/i.exec(got.slice(0, end))?.[1] ?? 1);
};

/** Ends with the file, not with the socket: a host that has all of it may hang up before we have noticed that all is sent. */
const writesTo = (socket: TLSSocket): Writable => new Writable({ write: (chunk: Buffer, _encoding, done) => { socket.write(chunk, error => { done(error ?? null); }); } });

/** Counts what goes through, and lets no more and no less through than was promised. */
class Meter extends Transform {
  readonly #expected: number;
  readonly #onProgress: ((sent: number) => void) | undefined;
  #sent = 0;
  constructor(expected: number, onProgress: ((sent: number) => void) | undefined) { super(); this.#expected = expected; this.#onProgress = onProgress; }
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#sent += chunk.length;
    if (this.#sent > this.#expected) { done(new FileUnreadable('changed')); return; }
    this.#onProgress?.(this.#sent);
    done(null, chunk);
  }
  override _flush(done: TransformCallback): void { done(this.#sent === this.#expected ? null : new FileUnreadable('changed')); }
}

/** Our host answers with XenAPI's words, code first; others with a page for people. */
export const refusalOf = (status: number, text: string, location?: string): Error => {
  if ((status === 302 || status === 307) && location !== undefined) return new Elsewhere(status, location);
  const [code = '', ...params] = wordsOf(text);
  if (/^[A-Z][A-Z0-9_]{2,}$/.test(code)) return ApiError.fromWire(code, params);
  if (status === 401) return new ApiError('SESSION_INVALID');
  return new HostSilent(status === 0 ? 'closed' : `http-${status}`, 'upload');
};
/** Where a head says that the thing is. */
export const locationOf = (head: string): string | undefined => /\r\nlocation: *(\S+)/i.exec(head)?.[1];
const wordsOf = (text: string): readonly string[] => {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed) && parsed.every(word => typeof word === 'string')) return parsed;
  } catch { /* plain text */ }
  return text.trim().split(/\s+/);
};
