/* The host's memory: every XenAPI record, what changed when, and a few settings. Reads come from memory; a change is
 * one SQLite transaction, durable when `transaction` returns, and only then seen by readers and by the change feed. */
import { Emitter } from '../../shared/lib/emitter';
import { isNull, type ClassName } from '../../shared/api';
import { ChangeFeed, DELETIONS_KEPT } from './change-feed';
import type { Derive, Store } from './contract';
import { openDatabase, StoreError, type Database, type GoneRow, type ObjectRow } from './database';
import { Memory } from './memory';
import { Overlay, type Touch } from './overlay';
import { classNames, draft, shapeOf, written, type AnyRecord } from './shape';

export { StoreError } from './database';

export interface StoreOptions {
  /** The database file, made if absent; `:memory:` for none. */
  path: string;
  derive?: Derive;
  log?: { info(what: string, facts?: Readonly<Record<string, unknown>>): void; error(what: string, facts?: Readonly<Record<string, unknown>>): void };
  /** For tests of the forgotten past. */
  deletionsKept?: number;
}

/** Generations are set aside in blocks, so that a change of volatile objects alone need not be written down. */
const GENERATION_BLOCK = 10_000;
const CEILING = 'store.generation-ceiling';
const FORGOTTEN = 'store.forgotten';

/** Fields that tell what is now: under way, or how full it is. The next start makes them anew, so a change of these alone need not outlive a power cut. */
const PASSING: ReadonlySet<string> = new Set(['allowed_operations', 'current_operations', 'memory_free', 'last_updated', 'physical_utilisation', 'virtual_allocation']);
const lasts = (before: AnyRecord | undefined, after: AnyRecord | undefined): boolean =>
  before === undefined || after === undefined || Object.keys(after).some(field => !PASSING.has(field) && after[field] !== before[field]);

export const openStore = ({ path, derive = () => {}, log, deletionsKept }: StoreOptions): Store => {
  const database = openDatabase(path);
  const memory = new Memory(), settings = new Map<string, string>();
  const commits = new Emitter<number>(error => log?.error('a listener failed after a commit', { error: String(error) }));
  let feed: ChangeFeed, generation: number, ceiling: number, buried: number;
  const keep = deletionsKept ?? DELETIONS_KEPT;
  try {
    ({ feed, generation, buried } = load(database, path, memory, settings, keep));
    ceiling = generation;
  } catch (error) { database.close(); throw error; }
  log?.info('store opened', { generation, objects: classNames.reduce((n, c) => n + memory.ofClass(c).size, 0) });

  const setSetting = (key: string, value: string, durable = true): void => { database.setSetting(key, value, durable); settings.set(key, value); };
  const nextGeneration = (): number => {
    if (generation + 1 > ceiling) { setSetting(CEILING, String(generation + GENERATION_BLOCK)); ceiling = generation + GENERATION_BLOCK; }
    return generation + 1;
  };

  const commit = (touched: readonly Touch[]): void => {
    const next = nextGeneration();
    const put: ObjectRow[] = [], gone: GoneRow[] = [];
    let durable = false;
    for (const { cls, ref, before, after } of touched) {
      const { persist, events } = shapeOf(cls);
      const created = feed.createdAt(ref) ?? next;
      if (!after) { if (persist || events) gone.push({ generation: next, class: cls, ref, created }); }
      else if (persist || (events && !before)) put.push({ class: cls, ref, created, changed: next, json: persist ? written(cls, after) : null });
      durable ||= persist && lasts(before, after);
    }
    if (put.length + gone.length > 0) database.commit({ put, gone, durable });
    buried += gone.length;
    generation = next;
    for (const { cls, ref, after } of touched) {
      memory.write(cls, ref, after);
      if (!shapeOf(cls).events) continue;
      if (after) feed.changed(cls, ref, next); else feed.deleted(cls, ref, next);
    }
  };

  /** The written log of deletions may grow a tenth beyond what is kept: cutting it at every commit would cost one. */
  const forget = (): void => {
    if (buried <= keep * 1.1) return;
    database.forget(feed.forgotten, FORGOTTEN, String(feed.forgotten));
    buried = keep;
  };

  let busy = false, closed = false;
  return {
    find: (cls, ref) => memory.find(cls, ref),
    get: (cls, ref) => memory.get(cls, ref),
    byUuid: (cls, uuid) => memory.byUuid(cls, uuid),
    all: cls => memory.all(cls),
    transaction: work => {
      if (closed) throw new Error('the store is closed');
      if (busy) throw new Error('a transaction inside a transaction');
      const overlay = new Overlay(memory);
      busy = true;
      let result, touched: Touch[];
      try {
        result = work(overlay);
        if (result instanceof Promise) { result.catch(() => {}); throw new Error('a transaction is synchronous'); }
        const first = overlay.touched();
        if (first.length > 0) derive(overlay, first.map(({ cls, ref }) => ({ cls, ref })));
        touched = overlay.touched();
        if (touched.length > 0) commit(touched);
      } finally { busy = false; overlay.close(); }
      if (touched.length > 0) { forget(); commits.emit(generation); }
      return result;
    },
    get generation() { return generation; },
    changesSince: (since, wants) => feed.since(since, generation, wants, (cls, ref) => memory.read(cls, ref)),
    onCommit: listener => commits.on(listener),
    setting: key => settings.get(key),
    setSetting,
    dispose: () => {
      if (closed) return;
      closed = true;
      setSetting(CEILING, String(generation));
      database.close();
    },
  };
};

const load = (database: Database, path: string, memory: Memory, settings: Map<string, string>, keep: number): { feed: ChangeFeed; generation: number; buried: number } => {
  const stored = database.load();
  for (const [key, value] of stored.settings) settings.set(key, value);
  const generation = Number(settings.get(CEILING) ?? 0) + 1;
  const gone = [...stored.gone], vanished: GoneRow[] = [], loaded: Loading[] = [];
  // One by one: all the texts at once would be twice the memory that the records take.
  for (const row of stored.objects) {
    const { class: cls, ref, created, changed, json } = row;
    if (json === null) vanished.push({ generation, class: cls, ref, created });
    else if (isServed(cls)) loaded.push({ cls, ref, created, changed, record: draft(cls, parse(row, json, path)) }); // a class that this version does not serve keeps its rows
  }
  if (vanished.length > 0) { database.commit({ put: [], gone: vanished, durable: false }); gone.push(...vanished); }
  deriveSets(loaded);

  const feed = new ChangeFeed(keep, Number(settings.get(FORGOTTEN) ?? 0));
  let buried = 0;
  const deletedUpTo = (limit: number): void => {
    for (let row = gone[buried]; row && row.generation <= limit; row = gone[++buried]) if (isServed(row.class)) feed.deleted(row.class, row.ref, row.generation, row.created);
  };
  for (const { cls, ref, created, changed, record } of loaded) {
    deletedUpTo(changed);
    memory.write(cls, ref, Object.freeze(record));
    feed.changed(cls, ref, changed, created);
  }
  deletedUpTo(Infinity);
  return { feed, generation, buried };
};

interface Loading { cls: ClassName; ref: string; created: number; changed: number; record: Record<string, unknown> }

/** Sets on the far side of a relation are not written; they follow from the references, oldest first. */
const deriveSets = (loaded: readonly Loading[]): void => {
  const sets = new Map<string, Record<string, string[]>>();
  for (const { cls, ref, record } of [...loaded].sort((a, b) => a.created - b.created)) {
    for (const [field, { set }] of shapeOf(cls).pointers) {
      const to = record[field];
      if (set === undefined || typeof to !== 'string' || isNull(to)) continue;
      const of = sets.get(to) ?? {};
      sets.set(to, of);
      (of[set] ??= []).push(ref);
    }
  }
  for (const { cls, ref, record } of loaded) {
    for (const [set, refs] of Object.entries(sets.get(ref) ?? {})) if (shapeOf(cls).fields.has(set)) record[set] = Object.freeze(refs);
  }
};

const isServed = (name: string): name is ClassName => (classNames as readonly string[]).includes(name);

const parse = (row: ObjectRow, json: string, path: string): AnyRecord => {
  let value: unknown;
  try { value = JSON.parse(json); } catch { /* told below */ }
  if (typeof value !== 'object' || value === null) throw new StoreError('damaged', `${path} is damaged: the record of ${row.class} ${row.ref} cannot be read`);
  return value as AnyRecord;
};
