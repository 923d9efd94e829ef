/* All records, by class and reference: what readers see. Changed only by a transaction that SQLite has committed. */
import { ApiError, type ClassName, type Records, type Ref } from '../../shared/api';
import type { Reader } from './contract';
import { classNames, type AnyRecord } from './shape';

export class Memory implements Reader {
  readonly #records = new Map<ClassName, Map<string, AnyRecord>>(classNames.map(c => [c, new Map()]));
  readonly #uuids = new Map<ClassName, Map<string, string>>(classNames.map(c => [c, new Map()]));

  read(cls: ClassName, ref: string): AnyRecord | undefined { return this.#records.get(cls)?.get(ref); }
  refOf(cls: ClassName, uuid: string): string | undefined { return this.#uuids.get(cls)?.get(uuid); }
  ofClass(cls: ClassName): ReadonlyMap<string, AnyRecord> { return this.#records.get(cls) ?? new Map<string, AnyRecord>(); }

  /** @param record undefined removes it */
  write(cls: ClassName, ref: string, record: AnyRecord | undefined): void {
    const before = this.read(cls, ref), uuids = this.#uuids.get(cls);
    if (before && before['uuid'] !== record?.['uuid']) uuids?.delete(String(before['uuid']));
    if (record) { this.#records.get(cls)?.set(ref, record); uuids?.set(String(record['uuid']), ref); }
    else this.#records.get(cls)?.delete(ref);
  }

  find<C extends ClassName>(cls: C, ref: string): Readonly<Records[C]> | undefined { return this.read(cls, ref) as Readonly<Records[C]> | undefined; }
  get<C extends ClassName>(cls: C, ref: string): Readonly<Records[C]> { return found(cls, ref, this.find(cls, ref)); }
  byUuid<C extends ClassName>(cls: C, uuid: string): Ref<C> { return foundUuid(cls, uuid, this.refOf(cls, uuid)); }
  all<C extends ClassName>(cls: C): ReadonlyMap<Ref<C>, Readonly<Records[C]>> { return this.ofClass(cls) as ReadonlyMap<string, unknown> as ReadonlyMap<Ref<C>, Readonly<Records[C]>>; }
}

export const found = <T>(cls: ClassName, ref: string, record: T | undefined): T => {
  if (record === undefined) throw new ApiError('HANDLE_INVALID', cls, ref);
  return record;
};
export const foundUuid = <C extends ClassName>(cls: C, uuid: string, ref: string | undefined): Ref<C> => {
  if (ref === undefined) throw new ApiError('UUID_INVALID', cls, uuid);
  return ref as Ref<C>;
};
