import type { Disposable } from '../../shared/lib/emitter';
import type { ApiEvent, ClassName, Records, Ref } from '../../shared/api';

/** Reads. Records are immutable: a change makes a new object, so a reader may keep what it got. */
export interface Reader {
  /** The record, or undefined. Never throws. */
  find<C extends ClassName>(cls: C, ref: string): Readonly<Records[C]> | undefined;
  /** The record, or HANDLE_INVALID [class, ref]. */
  get<C extends ClassName>(cls: C, ref: string): Readonly<Records[C]>;
  /** The reference, or UUID_INVALID [class, uuid]. */
  byUuid<C extends ClassName>(cls: C, uuid: string): Ref<C>;
  all<C extends ClassName>(cls: C): ReadonlyMap<Ref<C>, Readonly<Records[C]>>;
}

/** Writes, inside one transaction. Relations of the data model are kept on both sides by the store. */
export interface Transaction extends Reader {
  /** Fills in uuid and the data model's defaults. Answers the new reference. */
  create<C extends ClassName>(cls: C, fields: Partial<Records[C]>): Ref<C>;
  set<C extends ClassName>(cls: C, ref: Ref<C>, fields: Partial<Records[C]>): void;
  destroy<C extends ClassName>(cls: C, ref: Ref<C>): void;
  /** Marks the object as changed without a change: `event.inject`. */
  touch<C extends ClassName>(cls: C, ref: Ref<C>): void;
}

/** Called inside every transaction, before the commit, with what it touched: fills allowed_operations and the like. */
export type Derive = (tx: Transaction, touched: readonly { cls: ClassName; ref: string }[]) => void;

export interface Changes {
  events: readonly ApiEvent[];
  /** The generation that these events lead to. */
  generation: number;
}

export interface Store extends Reader, Disposable {
  /** One SQLite transaction, durable when this returns; throws and changes nothing if `work` throws. Synchronous. */
  transaction<T>(work: (tx: Transaction) => T): T;
  /** The generation of the last change. Grows only, also over restarts. */
  readonly generation: number;
  /**
   * What changed after `since` (a generation; 0 = everything as `add`), coalesced: one event per object, with its current record.
   * Undefined: the past is no longer known that far back, the client has to fetch everything again.
   * @param wants which objects count
   */
  changesSince(since: number, wants: (cls: ClassName, ref: string) => boolean): Changes | undefined;
  /** After every commit that changed something, in the same turn. */
  onCommit(listener: (generation: number) => void): Disposable;
  /** Small facts that are no XenAPI records (password hash, host uuid). */
  setting(key: string): string | undefined;
  /** @param durable false: need not survive a power cut (but survives a crash of the service) */
  setSetting(key: string, value: string, durable?: boolean): void;
}
