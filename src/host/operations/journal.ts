import type { Store } from '../store/contract';

/* What is about to be done outside the database, written before it is done. A crash between a file and its record leaves
 * an intent behind, and the next start takes the half-made thing away (reconcile.ts). */

/** `make`: a VDI is being written whose record comes later. `destroy`: a VDI is being deleted, then its record. */
export interface Intent { kind: 'make' | 'destroy'; srUuid: string; vdiUuid: string }

const KEY = 'operations.journal';

export class Journal {
  readonly #store: Store;
  readonly #open = new Map<string, Intent>();

  constructor(store: Store) {
    this.#store = store;
    for (const intent of JSON.parse(store.setting(KEY) ?? '[]') as Intent[]) this.#open.set(intent.vdiUuid, intent);
  }

  /** Durable when this returns. */
  begin(intent: Intent): void { this.#open.set(intent.vdiUuid, intent); this.#write(); }
  /** The record is written (or the thing is gone again). */
  end(vdiUuid: string): void { if (this.#open.delete(vdiUuid)) this.#write(); }
  /** A scan must not take a VDI for a foreign one that an operation is making at this moment. */
  has(vdiUuid: string): boolean { return this.#open.has(vdiUuid); }
  open(): readonly Intent[] { return [...this.#open.values()]; }

  #write(): void { this.#store.setSetting(KEY, JSON.stringify(this.open())); }
}
