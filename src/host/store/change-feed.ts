/* Who changed when: all objects and the newest deletions in one list, ordered by the generation of their last change.
 * A reader walks it from the new end, so that an answer costs as much as what has changed, not as much as there is. */
import type { ApiEvent, ClassName } from '../../shared/api';
import type { Changes } from './contract';
import { classNames, type AnyRecord } from './shape';

/** Deletions that are remembered; a client that was away for longer fetches everything again. */
export const DELETIONS_KEPT = 50_000;

/** Events name classes in lower case. */
const wireNames = Object.fromEntries(classNames.map(cls => [cls, cls.toLowerCase()])) as Readonly<Record<ClassName, string>>;

export interface Entry { readonly cls: ClassName; readonly ref: string; readonly created: number; changed: number; gone: boolean; older: Entry | undefined; newer: Entry | undefined }

export class ChangeFeed {
  readonly #entries = new Map<string, Entry>();
  readonly #deleted: Set<Entry> = new Set();
  readonly #kept: number;
  #newest: Entry | undefined;
  #forgotten = 0;

  constructor(kept = DELETIONS_KEPT, forgotten = 0) { this.#kept = kept; this.#forgotten = forgotten; }

  /** The youngest generation of which a deletion was forgotten. */
  get forgotten(): number { return this.#forgotten; }

  createdAt(ref: string): number | undefined { return this.#entries.get(ref)?.created; }

  changed(cls: ClassName, ref: string, generation: number, created = generation): void {
    let entry = this.#entries.get(ref);
    if (entry) this.#unlink(entry);
    else { entry = { cls, ref, created, changed: generation, gone: false, older: undefined, newer: undefined }; this.#entries.set(ref, entry); }
    entry.changed = generation;
    this.#append(entry);
  }

  deleted(cls: ClassName, ref: string, generation: number, created = generation): void {
    this.changed(cls, ref, generation, created);
    const entry = this.#entries.get(ref);
    if (!entry) return;
    this.#entries.delete(ref);
    entry.gone = true;
    this.#deleted.add(entry);
    for (const oldest of this.#deleted) {
      if (this.#deleted.size <= this.#kept) break;
      this.#deleted.delete(oldest);
      this.#unlink(oldest);
      this.#forgotten = Math.max(this.#forgotten, oldest.changed);
    }
  }

  since(since: number, generation: number, wants: (cls: ClassName, ref: string) => boolean, read: (cls: ClassName, ref: string) => AnyRecord | undefined): Changes | undefined {
    if (since > generation || (since > 0 && since < this.#forgotten)) return undefined;
    const events: ApiEvent[] = [];
    let id = '', idOf = 0; // a filling tells of very many objects that one change has made
    for (let e = this.#newest; e && e.changed > since; e = e.older) {
      const isNew = e.created > since;
      if ((e.gone && (isNew || since === 0)) || !wants(e.cls, e.ref)) continue;
      if (e.changed !== idOf) { idOf = e.changed; id = String(idOf); }
      const event: ApiEvent = { id, timestamp: '0.0', class: wireNames[e.cls], operation: e.gone ? 'del' : isNew ? 'add' : 'mod', ref: e.ref };
      const snapshot = e.gone ? undefined : read(e.cls, e.ref);
      if (snapshot) event.snapshot = snapshot;
      events.push(event);
    }
    return { events: events.reverse(), generation };
  }

  #append(entry: Entry): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest) this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink(entry: Entry): void {
    if (entry.older) entry.older.newer = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    else if (this.#newest === entry) this.#newest = entry.older;
  }
}
