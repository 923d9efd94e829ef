import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { UNFINISHED } from '../platform/durable-files';
import type { Log } from '../platform/log';
import { Archive } from './archive';
import type { Tick } from './archive-file';
import type { DataSource, KnownSource, MetricsArchives, Owner, Reading } from './contract';
import { snapshotOf, xmlDocument } from './document';
import { formsEqual, formsOf, type Form } from './forms';
import { contentOf, readDocument } from './read-document';
import { ownerInLog, TickLog, TICKS_PER_FILE } from './tick-log';

/* All owners' archives: one file each in one directory, and the log of the newest ticks, which all share. Those that were read lately are open; the others
 * are opened for a question, and have nothing in the log that is not in their file. */

export interface ArchivesOptions { /** It is there, and nobody else reads it. */ directory: string; log: Log; /** Keeps minimum and maximum beside the average. */ minMax?: boolean; /** A setting of tests. */ forms?: readonly Form[] }
export interface LiveArchives extends MetricsArchives {
  readonly forms: readonly Form[];
  /** Another one whenever an answer may be another. */
  readonly revision: string;
  /** Whose values come at the moment. */
  present(): readonly Owner[];
  /** Undefined where there is no archive of it. What `use` gets is closed afterwards. */
  read<T>(owner: Owner, use: (archive: Archive) => T): T | undefined;
}

/** An owner that is not seen for so long has its file closed. */
const CLOSE_AFTER_MS = 60_000;
/** New files that take the place of old ones are flushed to the disk: no more than these at a tick. */
const REBUILDS_PER_TICK = 4;
const SUFFIX = '.rrd';

interface Live { archive: Archive; sources: readonly DataSource[]; seenMs: number; /** Different archives are written at different ticks. */ phase: number }

export const openArchives = (options: ArchivesOptions): LiveArchives => new OpenArchives(options);

class OpenArchives implements LiveArchives {
  forms: readonly Form[];
  readonly #directory: string;
  readonly #log: Log;
  readonly #ticks: TickLog;
  readonly #live = new Map<string, Live>();
  readonly #troubled = new Set<string>();
  /** Removed since the last tick, and before: a reading that was under way then must not bring them back. */
  #removed = new Set<string>();
  #removedBefore = new Set<string>();
  #tickMs = 0;
  /** A service that starts anew has other ones than the one before. */
  readonly #born = randomBytes(6).toString('hex');
  #changes = 0;

  constructor({ directory, log, minMax = false, forms = formsOf(minMax) }: ArchivesOptions) {
    this.forms = forms;
    this.#directory = directory;
    this.#log = log;
    this.#ticks = new TickLog(directory);
    this.#recover();
  }

  update(atMs: number, readings: readonly Reading[]): void {
    let rebuilds = REBUILDS_PER_TICK;
    for (const { owner, sources, values } of readings) {
      const key = keyOf(owner);
      if (this.#removed.has(key) || this.#removedBefore.has(key)) continue;
      const live = this.#try(key, () => this.#take(owner, key, sources, atMs));
      if (!live) continue;
      if (rebuilds > 0 && live.archive.isNew(sources, this.forms)) { rebuilds--; this.#try(`${key} more`, () => { live.archive.adopt(sources, this.forms); }); }
      live.archive.update(atMs, sources, values, this.#ticks);
      live.sources = sources;
      live.seenMs = atMs;
    }
    const { number } = this.#ticks;
    this.#try('log', () => { this.#ticks.write(); }, 'the log of metrics cannot be written: a crash would cost minutes');
    for (const [key, { archive, seenMs, phase }] of this.#live) {
      const isAway = atMs - seenMs > CLOSE_AFTER_MS || atMs < seenMs;
      if (!isAway && (number + phase) % TICKS_PER_FILE !== 0) continue;
      const isFlushed = this.#try(`${key} file`, () => { archive.flush(); return true; });
      if (!isAway || !isFlushed) continue;
      this.#live.delete(key);
      archive.abandon();
    }
    this.#removedBefore = this.#removed;
    this.#removed = new Set();
    this.#tickMs = atMs;
    this.#changes++;
  }

  keepMinMax(on: boolean): void {
    const forms = formsOf(on);
    if (formsEqual(forms, this.forms)) return;
    this.forms = forms;
    this.#changes++;
  }

  get revision(): string { return `${this.#born}-${this.#changes}`; }

  present(): readonly Owner[] { return [...this.#live.values()].map(({ archive }) => archive.owner); }

  read<T>(owner: Owner, use: (archive: Archive) => T): T | undefined {
    const live = this.#live.get(keyOf(owner));
    if (live) return use(live.archive);
    const archive = Archive.open(this.#pathOf(keyOf(owner)));
    if (!archive) return undefined;
    try { return use(archive); } finally { archive.abandon(); }
  }

  sourcesOf(owner: Owner): readonly KnownSource[] {
    const recorded = this.read(owner, archive => archive.table.sources) ?? [], names = new Set(recorded.map(({ name }) => name));
    const others = this.#live.get(keyOf(owner))?.sources.filter(({ name }) => !names.has(name)) ?? [];
    return [...recorded.map(source => ({ ...source, recorded: true })), ...others.map(source => ({ ...source, recorded: false }))];
  }

  query(owner: Owner, name: string): number | undefined {
    const live = this.#live.get(keyOf(owner));
    if (live) return live.seenMs === this.#tickMs ? live.archive.newest(name) : NaN;
    return this.read(owner, archive => (archive.newest(name) === undefined ? undefined : NaN));
  }

  record(owner: Owner, name: string): boolean {
    const source = this.sourcesOf(owner).find(known => known.name === name);
    if (source && !source.recorded) {
      const { recorded: _, ...plain } = source;
      this.read(owner, archive => { archive.record(plain); });
      this.#changes++;
    }
    return source !== undefined;
  }

  forget(owner: Owner, name: string): void {
    const source = this.sourcesOf(owner).find(known => known.name === name);
    if (!source?.recorded) return;
    this.read(owner, archive => { archive.forget(name, source.standard); });
    this.#changes++;
  }

  remove(owner: Owner): void {
    const key = keyOf(owner);
    this.#removed.add(key);
    this.#changes++;
    this.#live.get(key)?.archive.abandon();
    this.#live.delete(key);
    for (const what of this.#troubled) if (what.startsWith(key)) this.#troubled.delete(what);
    rmSync(this.#pathOf(key), { force: true });
  }

  keepOnly(isKnown: (owner: Owner) => boolean): void {
    for (const name of existsSync(this.#directory) ? readdirSync(this.#directory) : []) {
      const owner = ownerOf(name);
      if (!name.endsWith(UNFINISHED) && (!owner || isKnown(owner))) continue;
      if (owner) this.remove(owner);
      else rmSync(path.join(this.#directory, name), { force: true });
    }
  }

  exportRrd(owner: Owner): string | undefined { return this.read(owner, archive => [...xmlDocument(snapshotOf(archive))].join('')); }

  importRrd(owner: Owner, text: string): void {
    const key = keyOf(owner), { consolidator, rows } = contentOf(readDocument(text), this.forms);
    this.#live.get(key)?.archive.abandon();
    this.#live.delete(key);
    Archive.create(this.#pathOf(key), owner, this.forms, consolidator.sources, rows, consolidator).close();
    this.#changes++;
  }

  dispose(): void {
    for (const [key, { archive }] of this.#live) this.#try(`${key} file`, () => { archive.close(); });
    this.#live.clear();
    this.#ticks.close();
  }

  #take(owner: Owner, key: string, sources: readonly DataSource[], atMs: number): Live {
    let live = this.#live.get(key);
    if (!live) {
      live = { archive: this.#open(key) ?? Archive.create(this.#pathOf(key), owner, this.forms, sources.filter(({ standard }) => standard)), sources, seenMs: atMs, phase: phaseOf(key) };
      this.#live.set(key, live);
    }
    // It was away while the others were read: that time is unknown, not what comes after it.
    const { archive } = live;
    if (archive.updatedMs !== 0 && archive.updatedMs < this.#tickMs && this.#tickMs < atMs) archive.unknown(this.#tickMs, this.#ticks);
    return live;
  }

  /** What nobody can read is begun anew; what cannot be reached (a full table of files, rights) is tried again. */
  #open(key: string, logged?: ReadonlyMap<string, readonly Tick[]>): Archive | undefined {
    try { return Archive.open(this.#pathOf(key), logged); } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
      this.#log.warn('an archive of metrics is damaged and begins anew', { file: this.#pathOf(key), why: String(error) });
      return undefined;
    }
  }

  /** What a service that was killed had not brought into the files. */
  #recover(): void {
    const logged = this.#try('log', () => this.#ticks.recover(), 'the log of metrics cannot be read: minutes are lost') ?? new Map<string, Tick[]>();
    for (const key of new Set([...logged.keys()].map(name => keyOf(ownerInLog(name))))) this.#try(`${key} file`, () => { this.#open(key, logged)?.close(); });
  }

  /** Trouble is said once, until it is well again. What cannot be kept is lost, or is in memory only; the others go on. */
  #try<T>(what: string, work: () => T, trouble = 'metrics not kept'): T | undefined {
    try {
      const done = work();
      this.#troubled.delete(what);
      return done;
    } catch (error) {
      if (!this.#troubled.has(what)) this.#log.error(trouble, { what, why: String(error) });
      this.#troubled.add(what);
      return undefined;
    }
  }

  #pathOf(key: string): string { return path.join(this.#directory, `${key}${SUFFIX}`); }
}

/** Also the file's name, so nothing else than a uuid goes into it. */
const keyOf = ({ kind, uuid }: Owner): string => {
  if (!UUID.test(uuid)) throw new Error(`not a uuid: ${uuid}`);
  return `${kind}-${uuid}`;
};
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ownerOf = (name: string): Owner | undefined => {
  const [, kind, uuid] = /^(host|vm|sr)-(.{36})\.rrd$/.exec(name) ?? [];
  return kind === undefined || uuid === undefined ? undefined : { kind: kind as Owner['kind'], uuid };
};
const phaseOf = (key: string): number => parseInt(key.slice(-4), 16) || 0;
