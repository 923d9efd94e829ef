/* Whole VMs and single disks between files of this computer and a host. Bytes go from disk to socket and back, never through the page, and as fast as the slower
 * side takes them. A download has its own name only when its task has ended well; until then its part stays, so that it can go on. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import fs from 'node:fs/promises';
import { digestOf, FileUnreadable, offsetAnswer, openArchive, openFile, type FileDownload, type FileUpload } from '../../client';
import { requestOf, targetOf } from '../../connection/transfer-requests';
import { ApiError } from '../../shared/api';
import type { DownloadWish, FileId, Reply, SessionId, TransferProgress, TransferReply, UploadWish } from '../../shared/ipc';
import { Emitter } from '../../shared/lib/emitter';
import type { Files } from './files';

const CHUNK_BYTES = 1024 * 1024;
/** Told to the window at most so often. */
const TOLD_EVERY_MS = 200;
type Query = Readonly<Record<string, string>>;

/** Of Sessions, what is needed. */
export interface TransferSource {
  find(id: SessionId): {
    download(path: string, query: Query, file: Omit<FileDownload, 'path'>): Promise<Reply<number>>;
    upload(path: string, query: Query, file: Omit<FileUpload, 'path'>): Promise<Reply<void>>;
  } | undefined;
}

export class Transfers {
  readonly onProgress = new Emitter<TransferProgress>();
  readonly #source: TransferSource;
  readonly #files: Files;
  readonly #running = new Map<FileId, AbortController>();

  constructor(source: TransferSource, files: Files) { this.#source = source; this.#files = files; }

  /** @param resume goes on with the part that an earlier try has left */
  async receive(session: SessionId, file: FileId, task: string, wish: DownloadWish, resume: boolean): Promise<TransferReply> {
    const part = this.#files.partOf(file), from = this.#source.find(session);
    if (part === undefined || this.#running.has(file)) return NOT_CHOSEN;
    if (!from) return NO_SESSION;
    const fromByte = resume ? await fs.stat(part).then(stat => stat.size, () => 0) : 0;
    let trouble: NodeJS.ErrnoException | undefined;
    const open = (flags: 'a' | 'w'): WriteStream => createWriteStream(part, { flags, highWaterMark: CHUNK_BYTES }).on('error', (error: NodeJS.ErrnoException) => { trouble = error; });
    const end = async (into: WriteStream): Promise<void> => { if (!into.destroyed) { into.end(); await once(into, 'close').catch(() => { /* trouble says why */ }); } };
    return this.#tracked(file, async signal => {
      // Before it is opened: what it is now says whether the host can go on with it.
      const tag = wish.what === 'vm' && fromByte > 0 ? await digestOf(part) : undefined, all = [open(fromByte > 0 ? 'a' : 'w')];
      const reply = await from.download(...requestOf(wish, task), {
        into: all[0]!, fromByte, signal, onProgress: this.#tell(file), ...(tag !== undefined && { ifRange: { tag, anew: () => { const into = open('w'); all.push(into); return into; } } }),
      });
      for (const into of all) await end(into);
      if (trouble) return { ok: false, kind: 'file', reason: trouble.code ?? trouble.message };
      return reply.ok ? { ok: true, value: undefined } : reply;
    });
  }

  /** @param resume goes on in the same task, where the host is */
  async send(session: SessionId, file: FileId, task: string, wish: UploadWish, resume: boolean): Promise<TransferReply> {
    const to = this.#source.find(session);
    if (this.#running.has(file)) return NOT_CHOSEN;
    if (!to) return NO_SESSION;
    return this.#tracked(file, async signal => {
      try {
        const path = await this.#files.look(file), { sizeBytes, read } = await (wish.what === 'vm' ? openArchive(path) : openFile(path));
        const [address, query] = targetOf(wish, task), due = resume ? await offsetOf(to, address, task, signal) : 0, tell = this.#tell(file);
        if (typeof due !== 'number') return due;
        const fromByte = wish.what === 'into-disk' && !resume ? wish.fromByte ?? 0 : due;
        return await to.upload(address, { ...query, ...(wish.resumable === true && { resumable: 'true' }), ...(resume && { offset: String(due) }) }, { read: () => read(fromByte), sizeBytes: sizeBytes - fromByte, signal, onProgress: sent => { tell(fromByte + sent, sizeBytes); } });
      } catch (error) {
        // An OVF whose files are not beside it, as a host would say it.
        if (error instanceof ApiError) return { ok: false, kind: 'refused', code: error.code, params: error.params };
        if (!(error instanceof FileUnreadable)) throw error;
        return { ok: false, kind: 'file', reason: error.message };
      }
    });
  }

  cancel(file: FileId): void { this.#running.get(file)?.abort(); }
  /** The page begins anew, or the program ends. */
  cancelAll(): void { for (const running of this.#running.values()) running.abort(); }

  async #tracked(file: FileId, work: (signal: AbortSignal) => Promise<TransferReply>): Promise<TransferReply> {
    const aborting = new AbortController();
    this.#running.set(file, aborting);
    try { return await work(aborting.signal); } finally { this.#running.delete(file); }
  }

  #tell(file: FileId): (bytes: number, totalBytes: number | undefined) => void {
    let toldAt = 0;
    return (bytes, totalBytes) => {
      const now = performance.now();
      if (now - toldAt < TOLD_EVERY_MS && bytes !== totalBytes) return;
      toldAt = now;
      this.onProgress.emit({ file, bytes, ...(totalBytes !== undefined && { totalBytes }) });
    };
  }
}

/** Where an upload goes on, as the host says; it takes nothing more by a connection that is still there. */
const offsetOf = async (host: NonNullable<ReturnType<TransferSource['find']>>, path: string, task: string, signal: AbortSignal): Promise<number | TransferReply & { ok: false }> => {
  const { into, offset } = offsetAnswer(), reply = await host.download(path, { task_id: task }, { into, signal });
  return reply.ok ? offset() : reply;
};

const NOT_CHOSEN: TransferReply = { ok: false, kind: 'file', reason: 'not-chosen' };
const NO_SESSION: TransferReply = { ok: false, kind: 'silent', reason: 'no-such-session' };
