import type { IncomingMessage } from 'node:http';
import { ApiError, type Ref } from '../../shared/api';
import type { Caller } from '../operations/contract';
import { announcedLength, isHangUp, withAsker, type Asked, type Serve, type TransferServices } from './exchange';

/* Uploads that may break off: `resumable=true` with a task of the client's own. What takes the bytes only sees a pause: it stays where it is, with all that has come, until the client goes on
 * (`offset=`) or the time is over; then it ends as any that was cut, and leaves nothing. When the service stops, the plan that took the
 * bytes is undone, and after a crash the journal does it, as of any upload (tests/host/service/kill-walk.test.ts, VM.import). */

export const UPLOAD_KEPT_MS = 15 * 60_000;

interface Upload { user: string; total: number; received: number; outcome: Promise<string>; bytes: (signal: AbortSignal) => AsyncIterable<Buffer>; /** Whoever asks how far it is wants to go on: nothing more comes by the old connection. */ pause: () => number; goOn: (request: IncomingMessage) => void }

export class Uploads {
  readonly #open = new Map<string, Upload>();
  readonly #keptMs: number;
  constructor(keptMs = UPLOAD_KEPT_MS) { this.#keptMs = keptMs; }

  /** The first request of it. `work` goes on when the request has long broken off. */
  begin(task: Ref<'task'>, caller: Caller, request: IncomingMessage, work: (bytes: Upload['bytes']) => Promise<string>): Promise<string> {
    const total = lengthOf(request);
    if (this.#open.has(task)) throw new ApiError('OPERATION_NOT_ALLOWED', 'this upload has begun already: go on with offset=');
    const upload = newUpload(caller.user, total, request, this.#keptMs);
    this.#open.set(task, upload);
    upload.outcome = work(upload.bytes).finally(() => { this.#open.delete(task); });
    return upload.outcome;
  }
  goOn(task: Ref<'task'>, caller: Caller, request: IncomingMessage, offset: number): Promise<string> {
    const upload = this.#find(task, caller), due = upload.pause();
    if (offset !== due || lengthOf(request) !== upload.total - due) throw new ApiError('INVALID_VALUE', 'offset', String(offset), `it goes on at ${due}, of ${upload.total} bytes`);
    upload.goOn(request);
    return upload.outcome;
  }
  has(task: Ref<'task'>): boolean { return this.#open.has(task); }
  /** Where it goes on. */
  offset(task: Ref<'task'>, caller: Caller): number { return this.#find(task, caller).pause(); }

  #find(task: Ref<'task'>, caller: Caller): Upload {
    const upload = this.#open.get(task);
    if (upload?.user !== caller.user) throw new ApiError('HANDLE_INVALID', 'upload', task);
    return upload;
  }
}

/** What an upload is asked for by its query; undefined: it is an ordinary one. */
export const resumed = (query: URLSearchParams, { caller, task }: Asked, uploads: Uploads, request: IncomingMessage): { begin: (work: (bytes: Upload['bytes'], task: Ref<'task'>) => Promise<string>) => Promise<string> } | undefined => {
  if (query.get('resumable') !== 'true') return undefined;
  if (task === undefined) throw new ApiError('INVALID_VALUE', 'task_id', '', 'an upload that can go on has a task of its own');
  const offset = query.get('offset');
  if (offset === null || (offset === '0' && !uploads.has(task))) return { begin: work => uploads.begin(task, caller, request, bytes => work(bytes, task)) };
  return { begin: () => uploads.goOn(task, caller, request, Number(offset)) };
};

/** GET and HEAD of an upload's own address, with `task_id=`: where it goes on. */
export const uploadState = (uploads: Uploads): Serve => ({ request, response, query }, services: TransferServices) =>
  withAsker(request, query, services, 'put_import', ({ caller, task }) => {
    if (task === undefined) throw new ApiError('INVALID_VALUE', 'task_id', '');
    const offset = uploads.offset(task, caller);
    response.setHeader('upload-offset', String(offset));
    return Promise.resolve(JSON.stringify({ offset }));
  });

const lengthOf = (request: IncomingMessage): number => {
  const length = announcedLength(request);
  if (length === 'chunked' || !Number.isFinite(length)) throw new ApiError('INVALID_VALUE', 'content-length', '', 'an upload that can go on says how long it is');
  return length;
};

const newUpload = (user: string, total: number, first: IncomingMessage, keptMs: number): Upload => {
  let request: IncomingMessage | undefined = first, wake: (() => void) | undefined, until = performance.now();
  /** The next connection; undefined: none has come in time. */
  const connected = (signal: AbortSignal): Promise<IncomingMessage | undefined> => new Promise((resolve, reject) => {
    const settle = (): void => { clearTimeout(late); signal.removeEventListener('abort', stop); wake = undefined; }, stop = (): void => { settle(); reject(signal.reason as Error); };
    const late = setTimeout(() => { settle(); resolve(undefined); }, Math.max(0, until - performance.now()));
    wake = () => { settle(); resolve(request); };
    if (request) wake(); else if (signal.aborted) stop(); else signal.addEventListener('abort', stop, { once: true });
  });
  const upload: Upload = {
    user, total, received: 0, outcome: Promise.resolve(''),
    async *bytes(signal) {
      while (upload.received < total) {
        const from = await connected(signal);
        if (!from) return;
        const cancel = (): void => { from.destroy(); };
        signal.addEventListener('abort', cancel, { once: true });
        try {
          for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) { if (request !== from) break; upload.received += chunk.length; yield chunk; }
        } catch (error) { if (signal.aborted || !isHangUp(error)) throw error; } finally { signal.removeEventListener('abort', cancel); }
        if (request === from) { request = undefined; until = performance.now() + keptMs; }
      }
    },
    pause: () => { request?.destroy(); request = undefined; until = performance.now() + keptMs; return upload.received; },
    goOn: next => { request = next; wake?.(); },
  };
  return upload;
};
