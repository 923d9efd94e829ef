/* Files of this computer that a person has chosen: in the system's dialog, or by dropping them. A window knows one by its id, and never learns where it is. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { FileUnreadable } from '../../client';
import { kindOf } from '../../connection/file-kind';
import type { FileId, FileKind, FilePurpose, LocalFile } from '../../shared/ipc';

/** Chosen and not used: the oldest are forgotten. */
export const KNOWN_MAX = 256;
/** The name that a file has until all of it is there; xe has the same. */
const PARTIAL = '.partial';

/** The system's dialogs; nothing: the person chose nothing. */
export interface Dialogs { open(purpose: FilePurpose): Promise<readonly string[]>; save(suggestedName: string): Promise<string | undefined> }

const kindOfFile = async (path: string, sizeBytes: number): Promise<FileKind> => {
  const file = await fs.open(path, 'r');
  try { return await kindOf(path, sizeBytes, async (from, length) => { const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from); return buffer.subarray(0, bytesRead); }); } finally { await file.close(); }
};

/** As it was when it was chosen. */
interface Known { path: string; sizeBytes: number; changedMs: number }

export class Files {
  readonly #dialogs: Dialogs;
  readonly #known = new Map<FileId, Known>();
  #lastId = 0;

  constructor(dialogs: Dialogs) { this.#dialogs = dialogs; }

  async choose(purpose: FilePurpose): Promise<readonly LocalFile[]> {
    const files = await Promise.all((await this.#dialogs.open(purpose)).map(chosen => this.take(chosen)));
    return files.filter(file => file !== undefined);
  }

  /** Where a file is to go. */
  async place(suggestedName: string): Promise<LocalFile | undefined> {
    const chosen = await this.#dialogs.save(suggestedName.replace(/[/\\:*?"<>|\p{Cc}]/gu, '_'));
    return chosen === undefined ? undefined : { id: this.#keep({ path: chosen, sizeBytes: 0, changedMs: 0 }), name: path.basename(chosen), sizeBytes: 0, kind: 'unknown' };
  }

  /** Undefined: there is no file to read there. */
  async take(file: string): Promise<LocalFile | undefined> {
    try {
      const stat = await fs.stat(file);
      if (!stat.isFile()) return undefined;
      const kind = await kindOfFile(file, stat.size);
      return { id: this.#keep({ path: file, sizeBytes: stat.size, changedMs: stat.mtimeMs }), name: path.basename(file), sizeBytes: stat.size, kind };
    } catch { return undefined; }
  }

  /** Where it is. Rejects with the code of what is wrong with it now; `changed`: it is not what was chosen. */
  async look(id: FileId): Promise<string> {
    const known = this.#known.get(id);
    if (!known) throw new FileUnreadable('not-chosen');
    const { size, mtimeMs } = await fs.stat(known.path).catch((error: unknown) => { throw new FileUnreadable((error as NodeJS.ErrnoException).code ?? String(error)); });
    if (size !== known.sizeBytes || mtimeMs !== known.changedMs) throw new FileUnreadable('changed');
    return known.path;
  }
  partOf(id: FileId): string | undefined { const known = this.#known.get(id); return known && `${known.path}${PARTIAL}`; }

  /** What came is the file, or is nothing; then it may be tried again. */
  async settle(id: FileId, whole: boolean): Promise<boolean> {
    const known = this.#known.get(id), part = this.partOf(id);
    if (known === undefined || part === undefined) return false;
    try {
      if (!whole) { await fs.rm(part, { force: true }); return true; }
      await fs.rename(part, known.path);
      this.#known.delete(id);
      return true;
    } catch { return false; }
  }

  #keep(file: Known): FileId {
    const id = `file-${++this.#lastId}`;
    this.#known.set(id, file);
    for (const oldest of this.#known.keys()) { if (this.#known.size <= KNOWN_MAX) break; this.#known.delete(oldest); }
    return id;
  }
}
