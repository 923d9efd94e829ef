import type { Disposable } from '../../shared/lib/emitter';

/* What the metrics room does for a host: a collector reads every quantity once a tick, archives keep them for a year at constant
 * cost, answers are made from the archives. It knows no XenAPI record, no database. Units are XenAPI's (bytes, bytes/s, fractions 0..1, KiB where the
 * name says so). Source: XenServer's xcp-rrdd; the names of data sources are those of its metrics list. */

/** Whose quantity it is. `uuid` is that of the VM, host or SR record. */
export interface Owner { readonly kind: 'host' | 'vm' | 'sr'; readonly uuid: string }

/** gauge: as read. derive: a counter whose rate per second is kept (down is a reset: unknown). absolute: a counter since the last reading. */
export type DataSourceType = 'gauge' | 'derive' | 'absolute';

/** One quantity of one owner, as `VM.get_data_sources` describes it. */
export interface DataSource {
  /** `cpu0`, `vbd_xvda_read`, `memory_total_kib`; unique for its owner. */
  readonly name: string;
  readonly description: string;
  /** `B/s`, `(fraction)`, `KiB`, ... */
  readonly units: string;
  readonly type: DataSourceType;
  /** Outside is unknown. */
  readonly min: number;
  readonly max: number;
  /** Archived from the start; else only after record_data_source. */
  readonly standard: boolean;
}

/** What one owner showed at one tick: `values[i]` belongs to `sources[i]`, NaN is unknown, a counter is given raw. The array `sources` is the same object as long as nothing in it changed. */
export interface Reading { readonly owner: Owner; readonly sources: readonly DataSource[]; readonly values: Float64Array }

/** Reads everything once; no process is spawned. One owner that cannot be read is left out, and costs the others nothing. */
export type Collect = (atMs: number) => Promise<readonly Reading[]>;

/** Whom the collector looks at, as the records say now; made anew for every tick. */
export interface Subjects { readonly host: HostSubject; readonly vms: readonly VmSubject[]; readonly srs: readonly SrSubject[] }
export interface HostSubject { readonly uuid: string; /** `physical`: counts for the sum of all. */ readonly pifs: readonly { device: string; physical: boolean }[] }
/** One that runs or is paused here. */
export interface VmSubject {
  readonly uuid: string;
  readonly memoryTargetBytes: number;
  readonly memoryDynamicMinBytes: number;
  readonly memoryDynamicMaxBytes: number;
  /** `device` is what the source is called by (`vda`). */
  readonly disks: readonly { userdevice: string; device: string; sr: string }[];
  /** Devices of its network cards. */
  readonly vifs: readonly string[];
}
export interface SrSubject { readonly uuid: string; readonly sizeBytes: number; readonly usedBytes: number }

export const TICK_SECONDS = 5;

/** A source that is kept, or could be. */
export interface KnownSource extends DataSource { readonly recorded: boolean }

/** What is kept of every owner, also of those that are not there at the moment. Nothing here waits for a disk. */
export interface MetricsArchives extends Disposable {
  /** One tick. An owner that is left out is unknown at it; one that comes for the first time gets an archive. */
  update(atMs: number, readings: readonly Reading[]): void;
  /** Whether minimum and maximum are kept beside the average, from the next tick on; what was kept of them goes when they are not. */
  keepMinMax(on: boolean): void;
  sourcesOf(owner: Owner): readonly KnownSource[];
  /** The newest value of 5 s; NaN where it is unknown, undefined where the source is not recorded. */
  query(owner: Owner, name: string): number | undefined;
  /** Keeps a source from now on. False: there is none of this name. */
  record(owner: Owner, name: string): boolean;
  /** Drops what was kept of a source, and keeps it no more. */
  forget(owner: Owner, name: string): void;
  /** The owner is gone for good. */
  remove(owner: Owner): void;
  /** At the start: what a crash left of owners that are gone for good. */
  keepOnly(isKnown: (owner: Owner) => boolean): void;
  /** One owner's archive as an RRD document (XML), as XenServer passes it on with a VM; undefined where there is none. */
  exportRrd(owner: Owner): string | undefined;
  /** Takes over such a document, XML or JSON, in place of what was there. Throws RrdError. */
  importRrd(owner: Owner, document: string): void;
}

/** Not an RRD document, or not of the archives that this host keeps. */
export class RrdError extends Error {}
