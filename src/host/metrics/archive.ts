import { ArchiveFile, type Table, type Tick } from './archive-file';
import { Consolidator, type Row } from './consolidate';
import type { DataSource, Owner } from './contract';
import { formsEqual, secondsPerRow, type Form } from './forms';
import { nameInLog, type TickLog } from './tick-log';

/* One owner's archive: its file, and what of it is still in memory. */

/** More than an hour's: so long may its file be out of reach. */
const PENDING_ROWS_MAX = 1000;
/** More than a machine has devices; a source beyond is not kept. */
const SOURCES_MAX = 512;

export class Archive {
  #file: ArchiveFile;
  #name: string;
  readonly #path: string;
  #consolidator: Consolidator;
  #tick: number;
  #flushedTick: number;
  /** Finished rows that are not in the file yet. */
  #pending: Row[] = [];
  #readings: Float64Array;
  /** What the columns were made of, and where each reading goes; -1: nowhere. */
  #mapped: readonly DataSource[] | undefined;
  #columns: readonly number[] = [];

  private constructor(path: string, file: ArchiveFile, consolidator: Consolidator, tick: number) {
    this.#path = path;
    this.#file = file;
    this.#name = nameInLog(file.table.owner, file.id);
    this.#consolidator = consolidator;
    this.#tick = tick;
    this.#flushedTick = tick;
    this.#readings = new Float64Array(file.table.sources.length);
  }

  /** As its last tick left it; undefined where there is none. Throws where nobody can read it.
   * @param logged what the log has, by the names of files there */
  static open(path: string, logged?: ReadonlyMap<string, readonly Tick[]>): Archive | undefined {
    const file = ArchiveFile.open(path);
    if (!file) return undefined;
    try {
      const { number, consolidator } = file.readCheckpoint() ?? { number: 0, consolidator: new Consolidator(file.table.sources, file.table.forms) };
      const archive = new Archive(path, file, consolidator, number);
      for (const tick of [...file.readTicks(), ...logged?.get(archive.#name) ?? []]) if (tick.number > archive.#tick) archive.#take(tick);
      return archive;
    } catch (error) { file.close(); throw error; }
  }

  static create(path: string, owner: Owner, forms: readonly Form[], sources: readonly DataSource[], rows: readonly Row[] = [], consolidator = new Consolidator(sources, forms), off: readonly string[] = []): Archive {
    const file = ArchiveFile.create(path, { owner, sources, off, forms }, 0, consolidator, rows, rows.length > 0);
    return new Archive(path, file, consolidator, 0);
  }

  get owner(): Owner { return this.#file.table.owner; }
  get table(): Table { return this.#file.table; }
  get consolidator(): Consolidator { return this.#consolidator; }
  get updatedMs(): number { return this.#consolidator.updatedMs; }

  /** Whether this reading brings what the file has no place for: then `adopt` comes first, or it is left out. */
  isNew(sources: readonly DataSource[], forms: readonly Form[]): boolean {
    if (sources === this.#looked.sources && forms === this.#looked.forms) return this.#looked.isNew;
    const isNew = !formsEqual(forms, this.table.forms) || sources.some(source => { const own = this.#recorded(source.name); return own ? !sameSource(own, source) : this.#wants(source); });
    this.#looked = { sources, forms, isNew };
    return isNew;
  }
  #looked: { sources?: readonly DataSource[]; forms?: readonly Form[]; isNew: boolean } = { isNew: false };

  /** Makes room for what is new, in a new file that takes the old one's place. */
  adopt(sources: readonly DataSource[], forms: readonly Form[]): void {
    const known = this.table.sources.map(own => sources.find(source => source.name === own.name) ?? own);
    const more = sources.filter(source => this.#recorded(source.name) === undefined && this.#wants(source)).slice(0, SOURCES_MAX - known.length);
    this.#rebuild([...known, ...more], this.table.off, forms);
  }

  record(source: DataSource): void { this.#rebuild([...this.table.sources, source], this.table.off.filter(name => name !== source.name), this.table.forms); }
  /** @param standard it would come again with the next reading */
  forget(name: string, standard: boolean): void {
    this.#rebuild(this.table.sources.filter(source => source.name !== name), standard ? [...new Set([...this.table.off, name])] : this.table.off, this.table.forms);
  }

  update(atMs: number, sources: readonly DataSource[], values: Float64Array, log: TickLog): void {
    if (sources !== this.#mapped) {
      const columns = new Map(this.table.sources.map((source, column) => [source.name, column]));
      this.#columns = sources.map(source => columns.get(source.name) ?? -1);
      this.#mapped = sources;
    }
    this.#readings.fill(NaN);
    this.#columns.forEach((column, i) => { if (column >= 0) this.#readings[column] = values[i] ?? NaN; });
    this.#next(atMs, log);
  }
  /** The ticks went on and nothing was read of this owner. */
  unknown(atMs: number, log: TickLog): void {
    this.#readings.fill(NaN);
    this.#next(atMs, log);
  }

  /** What stands only in the log comes into the file, too. */
  flush(): void {
    if (this.#flushedTick === this.#tick) return;
    if (this.#file.isGone) { this.#rebuild(this.table.sources, this.table.off, this.table.forms); return; }
    this.#file.writeRows(this.#pending);
    this.#file.writeCheckpoint(this.#tick, this.#consolidator);
    this.#pending = [];
    this.#flushedTick = this.#tick;
  }

  close(): void { try { this.flush(); } finally { this.#file.close(); } }
  /** Nothing more is written: the file goes away, or cannot be written. */
  abandon(): void { this.#file.close(); }

  /** The newest value of 5 s of a source; undefined: it is not recorded. NaN: unknown. */
  newest(name: string): number | undefined {
    const column = this.table.sources.findIndex(source => source.name === name);
    return column < 0 ? undefined : Math.fround(this.#consolidator.pdps[column] ?? NaN);
  }

  /** So many rows up to the one that ends at second `at`, oldest first: `values[row * width + kind * sources + source]`. */
  rows(f: number, at: number, count: number): Float32Array {
    const form = this.table.forms[f];
    if (!form || count <= 0) return new Float32Array(0);
    const values = this.#file.readRows(f, at, count), width = values.length / count, step = secondsPerRow(form);
    for (const row of this.#pending) {
      const index = (row.at - at) / step + count - 1;
      if (row.form === f && index >= 0 && index < count) values.set(row.values, index * width);
    }
    // What is older than the archive is long is not in it, even where the place was not used since.
    const oldest = this.newestRowAt(f) - (form.rows - 1) * step, gone = Math.min(count, (oldest - at) / step + count - 1);
    if (gone > 0) values.fill(NaN, 0, gone * width);
    return values;
  }
  /** The second at which the newest row of an archive ends. */
  newestRowAt(f: number): number {
    const step = secondsPerRow(this.table.forms[f] ?? { pdpsPerRow: 1, rows: 1, kinds: [] });
    return Math.floor(this.updatedMs / 1000 / step) * step;
  }

  #next(atMs: number, log: TickLog): void {
    const tick = { number: this.#tick + 1, atMs, readings: this.#readings };
    log.add(this.#name, tick);
    this.#take(tick);
  }

  #take({ number, atMs, readings }: Tick): void {
    this.#consolidator.update(atMs, readings, row => { this.#pending.push(row); });
    while (this.#pending.length > PENDING_ROWS_MAX) this.#pending.shift();
    this.#tick = number;
  }

  #recorded(name: string): DataSource | undefined { return this.table.sources.find(source => source.name === name); }
  #wants(source: DataSource): boolean { return source.standard && !this.table.off.includes(source.name) && this.table.sources.length < SOURCES_MAX; }

  #rebuild(sources: readonly DataSource[], off: readonly string[], forms: readonly Form[]): void {
    const from = sources.map(source => this.table.sources.findIndex(own => own.name === source.name));
    const after = this.#consolidator.withSources(sources, forms, from);
    const rows = forms.flatMap((form, f) => this.#carriedRows(form, f, from, sources.length));
    const file = ArchiveFile.create(this.#path, { owner: this.owner, sources, off, forms }, this.#tick, after, rows, true);
    this.#file.close();
    [this.#file, this.#name, this.#consolidator, this.#pending, this.#flushedTick] = [file, nameInLog(this.owner, file.id), after, [], this.#tick];
    [this.#mapped, this.#looked, this.#readings] = [undefined, { isNew: false }, new Float64Array(sources.length)];
  }

  /** The known rows of an archive, with their columns moved. */
  #carriedRows(form: Form, f: number, from: readonly number[], width: number): Row[] {
    const old = this.table.forms[f], n = this.table.sources.length;
    if (old?.pdpsPerRow !== form.pdpsPerRow || n === 0) return [];
    const count = Math.min(old.rows, form.rows), at = this.newestRowAt(f), values = this.rows(f, at, count), carried: Row[] = [];
    for (let row = 0; row < count; row++) {
      const moved = new Float32Array(width * form.kinds.length).fill(NaN);
      form.kinds.forEach((kind, k) => {
        const oldKind = old.kinds.indexOf(kind);
        if (oldKind >= 0) from.forEach((column, i) => { if (column >= 0) moved[k * width + i] = values[(row * old.kinds.length + oldKind) * n + column] ?? NaN; });
      });
      if (moved.some(value => !Number.isNaN(value))) carried.push({ form: f, at: at - (count - 1 - row) * secondsPerRow(form), values: moved });
    }
    return carried;
  }
}

const sameSource = (a: DataSource, b: DataSource): boolean =>
  a.type === b.type && a.min === b.min && a.max === b.max && a.units === b.units && a.description === b.description && a.standard === b.standard;
