import { ApiError } from '../../../shared/api';
import type { KnownSource, Owner } from '../../metrics/contract';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';

/* What is measured of a VM, a host, a SR: which quantities there are, which of them are kept. */

export const dataSources = ({ store, metrics }: Pick<Desk, 'store' | 'metrics'>): Handlers => {
  const vm = (ref: string): Owner => ({ kind: 'vm', uuid: store.get('VM', ref).uuid });
  const host = (ref: string): Owner => ({ kind: 'host', uuid: store.get('host', ref).uuid });
  const sr = (ref: string): Owner => ({ kind: 'sr', uuid: store.get('SR', ref).uuid });
  const list = (owner: Owner): ReturnType<typeof described>[] => metrics.sourcesOf(owner).map(source => described(source)).sort((a, b) => (a.name_label < b.name_label ? -1 : 1));
  const record = (owner: Owner, name: string): void => { if (!metrics.record(owner, name)) throw missing(name); };
  const query = (owner: Owner, name: string): number => {
    const value = metrics.query(owner, name);
    if (value === undefined) throw missing(name);
    return value;
  };
  return {
    'VM.get_data_sources': (_context, self) => list(vm(self)),
    'VM.record_data_source': (_context, self, name) => { record(vm(self), name); },
    'VM.query_data_source': (_context, self, name) => query(vm(self), name),
    'VM.forget_data_source_archives': (_context, self, name) => { metrics.forget(vm(self), name); },
    'host.get_data_sources': (_context, self) => list(host(self)),
    'host.record_data_source': (_context, self, name) => { record(host(self), name); },
    'host.query_data_source': (_context, self, name) => query(host(self), name),
    'host.forget_data_source_archives': (_context, self, name) => { metrics.forget(host(self), name); },
    'SR.get_data_sources': (_context, self) => list(sr(self)),
    'SR.record_data_source': (_context, self, name) => { record(sr(self), name); },
    'SR.query_data_source': (_context, self, name) => query(sr(self), name),
    'SR.forget_data_source_archives': (_context, self, name) => { metrics.forget(sr(self), name); },
  };
};

/** xapi's answer to a name that it does not know is an internal error; this one says which name. */
const missing = (name: string): ApiError => new ApiError('INVALID_VALUE', 'data_source', name.slice(0, 200));

/** JSON has no infinity: a quantity without a limit has the largest number for one. */
const finite = (limit: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, limit));
const described = ({ name, description, units, min, max, standard, recorded }: KnownSource) =>
  ({ name_label: name, name_description: description, enabled: recorded, standard, units, min: finite(min), max: finite(max), value: 0 });
