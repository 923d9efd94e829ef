/* Whole VMs between a host and files of this computer. A window knows a file by its id; a download has its own name only when its task has ended well. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { FileUnreadable, openArchive, type FileDownload, type FileUpload } from '../../client';
import { ApiError } from '../../shared/api';
import type { ExportWish, FileId, ImportWish, LocalFile, Reply, SessionId, UploadReply } from '../../shared/ipc';

const CHUNK_BYTES = 1024 * 1024;
const PARTIAL = '.partial';
/** Chosen and not used: the oldest are forgotten. */
const KNOWN_MAX = 64;

/** Of Sessions, what is needed. */
export interface ArchiveSource {
  find(id: SessionId): {
    exportVm(query: Readonly<Record<string, string>>, file: Omit<FileDownload, 'path'>): Promise<Reply<number>>;
    importVm(query: Readonly<Record<string, string>>, file: Omit<FileUpload, 'path'>): Promise<Reply<void>>;
  } | undefined;
}
/** The system's dialogs; undefined: the person chose nothing. */
export interface Dialogs { open(): Promise<string | undefined>; save(suggestedName: string): Promise<string | undefined> }

export class Archives {
  readonly #source: ArchiveSource;
  readonly #dialogs: Dialogs;
  readonly #files = new Map<FileId, string>();
  readonly #running = new Set<AbortController>();
  #lastId = 0;

  constructor(source: ArchiveSource, dialogs: Dialogs) { this.#source = source; this.#dialogs = dialogs; }

  async choose(): Promise<LocalFile | undefined> { return this.#keep(await this.#dialogs.open()); }
  async place(suggestedName: string): Promise<LocalFile | undefined> { return this.#keep(await this.#dialogs.save(suggestedName.replace(/[/\\:*?"<>|\p{Cc}]/gu, '_'))); }

  async export(session: SessionId, file: FileId, task: string, { vm, compression, snapshots }: ExportWish): Promise<UploadReply> {
    const target = this.#files.get(file), from = this.#source.find(session);
    if (target === undefined) return { ok: false, kind: 'file', reason: 'not-chosen' };
    if (!from) return { ok: false, kind: 'silent', reason: 'no-such-session' };
    const into = createWriteStream(`${target}${PARTIAL}`, { highWaterMark: CHUNK_BYTES });
    let trouble: NodeJS.ErrnoException | undefined;
    into.on('error', error => { trouble = error; });
    return this.#tracked(async signal => {
      const reply = await from.exportVm({ ref: vm, task_id: task, use_compression: compression === 'none' ? 'false' : compression, include_snapshots: String(snapshots) }, { into, signal });
      if (!into.destroyed) { into.end(); await once(into, 'close').catch(() => { /* trouble says why */ }); }
      if (trouble) return { ok: false, kind: 'file', reason: trouble.code ?? trouble.message };
      return reply.ok ? { ok: true, value: undefined } : reply;
    });
  }

  /** The task has ended: what came is the file, or is nothing. */
  async settle(file: FileId, whole: boolean): Promise<boolean> {
    const target = this.#files.get(file);
    this.#files.delete(file);
    if (target === undefined) return false;
    try {
      if (whole) await fs.rename(`${target}${PARTIAL}`, target); else await fs.rm(`${target}${PARTIAL}`, { force: true });
      return true;
    } catch { return false; }
  }

  async import(session: SessionId, file: FileId, task: string, { sr, network, restore }: ImportWish): Promise<UploadReply> {
    const source = this.#files.get(file), to = this.#source.find(session);
    if (source === undefined) return { ok: false, kind: 'file', reason: 'not-chosen' };
    if (!to) return { ok: false, kind: 'silent', reason: 'no-such-session' };
    return this.#tracked(async signal => {
      try {
        const { sizeBytes, read } = await openArchive(source);
        return await to.importVm({ task_id: task, restore: String(restore), ...(sr === '' ? {} : { sr_id: sr }), ...(network === '' ? {} : { network }) }, { bytes: read(), sizeBytes, signal });
      } catch (error) {
        if (error instanceof ApiError) return { ok: false, kind: 'refused', code: error.code, params: error.params };
        if (error instanceof FileUnreadable || (error as NodeJS.ErrnoException).syscall !== undefined) return { ok: false, kind: 'file', reason: (error as NodeJS.ErrnoException).code ?? (error as Error).message };
        throw error;
      }
    });
  }

  /** The page begins anew, or the program ends. */
  cancelAll(): void { for (const running of this.#running) running.abort(); }

  async #tracked(work: (signal: AbortSignal) => Promise<UploadReply>): Promise<UploadReply> {
    const aborting = new AbortController();
    this.#running.add(aborting);
    try { return await work(aborting.signal); } finally { this.#running.delete(aborting); }
  }

  async #keep(chosen: string | undefined): Promise<LocalFile | undefined> {
    if (chosen === undefined) return undefined;
    const id = `archive-${++this.#lastId}`, size = await fs.stat(chosen).then(stat => stat.size, () => 0);
    this.#files.set(id, chosen);
    for (const oldest of this.#files.keys()) { if (this.#files.size <= KNOWN_MAX) break; this.#files.delete(oldest); }
    return { id, name: path.basename(chosen), sizeBytes: size };
  }
}
