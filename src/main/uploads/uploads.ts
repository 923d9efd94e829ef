/* Files of this computer on their way to a host. A window knows them by id, name and size; bytes go from the disk to the host's socket, never through the
 * page, and as fast as the host takes them. */
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { FileUnreadable, type FileUpload } from '../../client';
import type { FileId, LocalFile, Reply, SessionId, UploadReply } from '../../shared/ipc';
import { Emitter } from '../../shared/lib/emitter';

/** Chosen and not sent yet: the oldest are forgotten. */
export const CHOSEN_MAX = 64;
/** Told to the window at most so many times per file. */
const PROGRESS_STEPS = 200;
const CHUNK_BYTES = 256 * 1024;

/** Of Sessions, what is needed. */
export interface UploadSource { find(id: SessionId): { upload(vdi: string, file: Omit<FileUpload, 'path'>): Promise<Reply<void>> } | undefined }
interface Chosen { path: string; sizeBytes: number }

export class Uploads {
  readonly onProgress = new Emitter<{ file: FileId; sentBytes: number }>();
  readonly #source: UploadSource;
  readonly #ask: () => Promise<readonly string[]>;
  readonly #chosen = new Map<FileId, Chosen>();
  readonly #running = new Map<FileId, AbortController>();
  #lastId = 0;

  /** @param ask the system's dialog; answers paths */
  constructor(source: UploadSource, ask: () => Promise<readonly string[]>) { this.#source = source; this.#ask = ask; }

  async choose(): Promise<readonly LocalFile[]> {
    const files = await Promise.all((await this.#ask()).map(chosen => this.take(chosen)));
    return files.filter(file => file !== undefined);
  }

  /** Undefined: there is no file to read there. */
  async take(file: string): Promise<LocalFile | undefined> {
    try {
      const stat = await fs.stat(file);
      if (!stat.isFile()) return undefined;
      const id = `file-${++this.#lastId}`;
      this.#chosen.set(id, { path: file, sizeBytes: stat.size });
      for (const oldest of this.#chosen.keys()) { if (this.#chosen.size <= CHOSEN_MAX) break; this.#chosen.delete(oldest); }
      return { id, name: path.basename(file), sizeBytes: stat.size };
    } catch { return undefined; }
  }

  async send(session: SessionId, file: FileId, vdi: string): Promise<UploadReply> {
    const chosen = this.#chosen.get(file);
    if (!chosen || this.#running.has(file)) return { ok: false, kind: 'file', reason: 'not-chosen' };
    const to = this.#source.find(session);
    if (!to) return { ok: false, kind: 'silent', reason: 'no-such-session' };
    const aborting = new AbortController();
    this.#running.set(file, aborting);
    try {
      const bytes = createReadStream(chosen.path, { highWaterMark: CHUNK_BYTES });
      const reply = await to.upload(vdi, { bytes, sizeBytes: chosen.sizeBytes, signal: aborting.signal, onProgress: this.#steps(file, chosen.sizeBytes) });
      if (reply.ok) this.#chosen.delete(file);
      return reply;
    } catch (error) {
      if (error instanceof FileUnreadable) return { ok: false, kind: 'file', reason: error.message };
      throw error;
    } finally { this.#running.delete(file); }
  }

  cancel(file: FileId): void { this.#running.get(file)?.abort(); }
  /** The page begins anew, or the program ends. */
  cancelAll(): void { for (const aborting of this.#running.values()) aborting.abort(); this.#chosen.clear(); }

  #steps(file: FileId, sizeBytes: number): (sentBytes: number) => void {
    const step = Math.max(1, sizeBytes / PROGRESS_STEPS);
    let told = 0;
    return sentBytes => {
      if (sentBytes - told < step && sentBytes < sizeBytes) return;
      told = sentBytes;
      this.onProgress.emit({ file, sentBytes });
    };
  }
}
