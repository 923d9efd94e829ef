import type { Store } from '../store/contract';

/* What is about to be done outside the database, written before it is done. A crash between a file and its record leaves
 * an intent behind, and the next start takes the half-made thing away (reconcile.ts). */

export type Intent =
  /** `make`: a VDI is being written whose record comes later. `destroy`: a VDI is being deleted, then its record. */
  | { kind: 'make' | 'destroy'; srUuid: string; vdiUuid: string }
  /** The VDI goes once no record of a VM names it any more, and there is a record of the one that takes its place. */
  | { kind: 'drop'; srUuid: string; vdiUuid: string; successorUuid?: string }
  /** `snapshot`: the machine is about to write this disk elsewhere, in the same repository. `move`: to this VDI instead of that one. */
  | { kind: 'snapshot'; srUuid: string; vdiUuid: string; vmUuid: string; userdevice: string }
  | { kind: 'move'; srUuid: string; vdiUuid: string; vmUuid: string; userdevice: string; fromUuid: string };

const KEY = 'operations.journal', HELD = 'operations.held';

export class Journal {
  readonly #store: Store;
  readonly #open = new Map<string, Intent>();
  readonly #left: ReadonlySet<string>;
  readonly #held: Set<string>;

  constructor(store: Store) {
    this.#store = store;
    for (const intent of JSON.parse(store.setting(KEY) ?? '[]') as Intent[]) this.#open.set(intent.vdiUuid, intent);
    this.#left = new Set(this.#open.keys());
    this.#held = new Set(JSON.parse(store.setting(HELD) ?? '[]') as string[]);
  }

  /** Durable when this returns. */
  begin(intent: Intent): void { this.#open.set(intent.vdiUuid, intent); this.#write(); }
  /** The record is written (or the thing is gone again). */
  end(vdiUuid: string): void { if (this.#open.delete(vdiUuid)) this.#write(); }
  /** They are made and have their records. Not flushed: where a power cut takes this back, the next start finds the records and says it again. */
  made(vdiUuids: readonly string[]): void { if (vdiUuids.filter(uuid => this.#open.delete(uuid)).length > 0) this.#write(false); }
  /** A scan must not take a VDI for a foreign one that an operation is making at this moment. */
  has(vdiUuid: string): boolean { return this.#open.has(vdiUuid); }
  /** By an earlier service, not by what is under way now. */
  isLeft(vdiUuid: string): boolean { return this.#left.has(vdiUuid); }
  open(): readonly Intent[] { return [...this.#open.values()]; }

  /** An operation is about to make this running VM stand still for a moment: whoever finds it so lets it go on. */
  hold(vmUuid: string): void { if (!this.#held.has(vmUuid)) { this.#held.add(vmUuid); this.#writeHeld(); } }
  letGo(vmUuid: string): void { if (this.#held.delete(vmUuid)) this.#writeHeld(); }
  held(): readonly string[] { return [...this.#held]; }

  #writeHeld(): void { this.#store.setSetting(HELD, JSON.stringify(this.held())); }
  #write(durable = true): void { this.#store.setSetting(KEY, JSON.stringify(this.open()), durable); }
}
