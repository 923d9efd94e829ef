/* The SQLite file: opening, checking, migrating, one durable commit. It holds a row per object and knows nothing of
 * what is in the records. Objects of volatile classes have a row without JSON: enough to tell after a restart that
 * they are gone. */
import Libsql from 'libsql';
import { must } from '../../shared/lib/assert';

export class StoreError extends Error {
  readonly kind: 'damaged' | 'newer' | 'in-use' | 'io';
  constructor(kind: StoreError['kind'], detail: string) { super(detail); this.name = 'StoreError'; this.kind = kind; }
}

export interface ObjectRow { class: string; ref: string; created: number; changed: number; json: string | null }
export interface GoneRow { generation: number; class: string; ref: string; created: number }
/** What one transaction writes. */
export interface Batch {
  put: readonly ObjectRow[];
  gone: readonly GoneRow[];
  /** False: need not survive a power failure (but survives a crash of the service). */
  durable: boolean;
}
/** The objects come one by one, the one that changed first at the head. */
export interface Loaded { objects: Iterable<ObjectRow>; gone: GoneRow[]; settings: Map<string, string> }
export interface Database {
  load(): Loaded;
  commit(batch: Batch): void;
  /** Drops the deletions up to this generation, and writes a setting, in one. */
  forget(upTo: number, key: string, value: string): void;
  setSetting(key: string, value: string, durable: boolean): void;
  close(): void;
}

/** "ACst": a file of another program is refused, not migrated. */
const APPLICATION_ID = 0x41437374;
/** Step n leads from version n to n+1. Steps are only ever added. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE object (class TEXT NOT NULL, ref TEXT NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL, json TEXT, PRIMARY KEY (class, ref)) WITHOUT ROWID;
   CREATE TABLE gone (generation INTEGER NOT NULL, class TEXT NOT NULL, ref TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (generation, class, ref)) WITHOUT ROWID;
   CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   PRAGMA application_id = ${APPLICATION_ID};`,
];
const LOCK_WAIT_MS = 200;

export const openDatabase = (path: string): Database => {
  const unlock = path === ':memory:' ? () => {} : lock(path);
  try {
    return using(prepare(path), path, unlock);
  } catch (error) {
    unlock();
    throw explained(error, path);
  }
};

/** One service per database: a second one is told at once. A kernel lock on a file beside it, gone with the process. */
const lock = (path: string): (() => void) => {
  try {
    const guard = new Libsql(`${path}.lock`, { timeout: LOCK_WAIT_MS });
    guard.exec('BEGIN EXCLUSIVE');
    return () => { guard.exec('ROLLBACK'); guard.close(); };
  } catch (error) {
    throw explained(error, path);
  }
};

const prepare = (path: string): Libsql.Database => {
  const db = new Libsql(path, { timeout: LOCK_WAIT_MS });
  try {
    // Nothing is written before these have passed: a file that we cannot read is left as it is.
    const version = pragma(db, 'user_version'), application = pragma(db, 'application_id');
    const fresh = version === 0 && (db.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number }).n === 0;
    if (!fresh && application !== APPLICATION_ID) throw new StoreError('damaged', `${path} is not a database of this program`);
    if (version > MIGRATIONS.length) throw new StoreError('newer', `${path} was written by a newer version of this program (format ${version}, this one knows up to ${MIGRATIONS.length})`);
    if (!fresh) check(db, path);
    db.prepare('PRAGMA journal_mode = WAL').all();
    db.exec('PRAGMA synchronous = FULL');
    for (let v = version; v < MIGRATIONS.length; v++) {
      db.exec(`BEGIN IMMEDIATE; ${must(MIGRATIONS[v], 'migration')}; PRAGMA user_version = ${v + 1}; COMMIT`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

const pragma = (db: Libsql.Database, name: string): number => Number((db.prepare(`PRAGMA ${name}`).get() as Record<string, unknown>)[name]);

const check = (db: Libsql.Database, path: string): void => {
  const found = db.prepare('PRAGMA quick_check(3)').all() as { quick_check: string }[];
  if (found[0]?.quick_check !== 'ok') throw new StoreError('damaged', `${path} is damaged: ${found.map(f => f.quick_check).join('; ')}`);
};

const using = (db: Libsql.Database, path: string, unlock: () => void): Database => {
  const put = db.prepare('INSERT INTO object (class, ref, created, changed, json) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET changed = excluded.changed, json = excluded.json');
  const remove = db.prepare('DELETE FROM object WHERE class = ? AND ref = ?');
  const bury = db.prepare('INSERT INTO gone (generation, class, ref, created) VALUES (?, ?, ?, ?)');
  const forget = db.prepare('DELETE FROM gone WHERE generation <= ?');
  const set = db.prepare('INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  let durable = true;
  const transact = (mustLast: boolean, work: () => void): void => {
    if (mustLast !== durable) { db.exec(`PRAGMA synchronous = ${mustLast ? 'FULL' : 'NORMAL'}`); durable = mustLast; }
    try {
      db.exec('BEGIN IMMEDIATE');
      work();
      db.exec('COMMIT');
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK'); // a full disk has rolled back already
      throw explained(error, path);
    }
  };

  return {
    load: () => ({
      objects: db.prepare('SELECT class, ref, created, changed, json FROM object ORDER BY changed, created').iterate() as Iterable<ObjectRow>,
      gone: db.prepare('SELECT generation, class, ref, created FROM gone ORDER BY generation').all() as GoneRow[],
      settings: new Map((db.prepare('SELECT key, value FROM setting').all() as { key: string; value: string }[]).map(r => [r.key, r.value])),
    }),
    commit: batch => transact(batch.durable, () => {
      for (const row of batch.put) put.run([row.class, row.ref, row.created, row.changed, row.json]);
      for (const row of batch.gone) { remove.run([row.class, row.ref]); bury.run([row.generation, row.class, row.ref, row.created]); }
    }),
    forget: (upTo, key, value) => transact(false, () => { forget.run([upTo]); set.run([key, value]); }),
    setSetting: (key, value, mustLast) => transact(mustLast, () => { set.run([key, value]); }),
    close: () => {
      // libsql keeps statements (and with them the file) until they are collected; what matters is done here.
      db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
      db.close();
      unlock();
    },
  };
};

const explained = (error: unknown, path: string): Error => {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return new StoreError('in-use', `${path} is in use by another process`);
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) return new StoreError('damaged', `${path} is damaged or not a database`);
  if (code.startsWith('SQLITE_')) return new StoreError('io', `${path}: ${(error as Error).message} (${code})`);
  return error instanceof Error ? error : new Error(String(error));
};
