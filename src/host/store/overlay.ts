/* One transaction while it is being made: changed records lie over the memory, copy on write, and are thrown away
 * unless SQLite has committed them. Relations are kept here: setting the one reference moves the object between the
 * sets of the other side; destroying an object takes it out of every set and every reference to it becomes null. */
import { randomUUID } from 'node:crypto';
import { isNull, NULL_REF, type ClassName, type Records, type Ref } from '../../shared/api';
import type { Transaction } from './contract';
import { found, foundUuid, type Memory } from './memory';
import { complete, freezeCopy, same, shapeOf, type AnyRecord } from './shape';

export interface Touch { cls: ClassName; ref: string; before: AnyRecord | undefined; after: AnyRecord | undefined }

export class Overlay implements Transaction {
  readonly #memory: Memory;
  readonly #touched = new Map<string, Touch>();
  readonly #uuids = new Map<string, string>();
  #closed = false;

  constructor(memory: Memory) { this.#memory = memory; }

  /** What this transaction touched, in order of the first touch; objects that it both made and destroyed are left out. */
  touched(): Touch[] { return [...this.#touched.values()].filter(t => t.before !== undefined || t.after !== undefined); }
  /** A transaction that somebody kept beyond its end does nothing any more. */
  close(): void { this.#closed = true; }

  find<C extends ClassName>(cls: C, ref: string): Readonly<Records[C]> | undefined { return this.#read(cls, ref) as Readonly<Records[C]> | undefined; }
  get<C extends ClassName>(cls: C, ref: string): Readonly<Records[C]> { return found(cls, ref, this.find(cls, ref)); }
  byUuid<C extends ClassName>(cls: C, uuid: string): Ref<C> { return foundUuid(cls, uuid, this.#refOf(cls, uuid)); }
  all<C extends ClassName>(cls: C): ReadonlyMap<Ref<C>, Readonly<Records[C]>> {
    const mine = [...this.#touched.values()].filter(t => t.cls === cls);
    if (mine.length === 0) return this.#memory.all(cls);
    const merged = new Map<string, AnyRecord>(this.#memory.ofClass(cls));
    for (const t of mine) { if (t.after) merged.set(t.ref, t.after); else merged.delete(t.ref); }
    return merged as Map<string, unknown> as Map<Ref<C>, Readonly<Records[C]>>;
  }

  create<C extends ClassName>(cls: C, fields: Partial<Records[C]>): Ref<C> {
    const given = fields as AnyRecord, ref = `OpaqueRef:${randomUUID()}`;
    this.#refuse(cls, given);
    const hasUuid = shapeOf(cls).fields.has('uuid'), wish = given['uuid'];
    const uuid = typeof wish === 'string' && wish !== '' ? wish : randomUUID();
    if (hasUuid && this.#refOf(cls, uuid) !== undefined) throw new Error(`there is a ${cls} with uuid ${uuid} already`);
    const record = complete(cls, hasUuid ? { ...given, uuid } : given);
    this.#write(cls, ref, record);
    for (const [field, pointer] of shapeOf(cls).pointers) this.#point(pointer.target, pointer.set, ref, NULL_REF, String(record[field]));
    return ref as Ref<C>;
  }

  set<C extends ClassName>(cls: C, ref: Ref<C>, fields: Partial<Records[C]>): void {
    const record = found(cls, ref, this.#read(cls, ref));
    const changed = Object.entries(fields).filter(([field, value]) => value !== undefined && !same(record[field], value));
    if (changed.length === 0) return;
    const given = Object.fromEntries(changed);
    this.#refuse(cls, given);
    this.#write(cls, ref, Object.freeze({ ...record, ...freezeCopy(given) as AnyRecord }));
    for (const [field, value] of changed) {
      const pointer = shapeOf(cls).pointers.get(field);
      if (pointer) this.#point(pointer.target, pointer.set, ref, String(record[field]), String(value));
    }
  }

  destroy<C extends ClassName>(cls: C, ref: Ref<C>): void {
    const record = found(cls, ref, this.#read(cls, ref));
    for (const [field, pointer] of shapeOf(cls).pointers) this.#point(pointer.target, pointer.set, ref, String(record[field]), NULL_REF);
    for (const pointer of shapeOf(cls).pointedAtBy) {
      for (const other of this.#pointing(pointer.cls, pointer.field, pointer.set, record, ref)) this.set(pointer.cls, other as Ref<typeof pointer.cls>, { [pointer.field]: NULL_REF });
    }
    this.#write(cls, ref, undefined);
  }

  touch<C extends ClassName>(cls: C, ref: Ref<C>): void { this.#write(cls, ref, found(cls, ref, this.#read(cls, ref))); }

  #read(cls: ClassName, ref: string): AnyRecord | undefined {
    const mine = this.#touched.get(ref);
    if (mine) return mine.cls === cls ? mine.after : undefined;
    return this.#memory.read(cls, ref);
  }

  #refOf(cls: ClassName, uuid: string): string | undefined {
    const ref = this.#uuids.get(`${cls} ${uuid}`) ?? this.#memory.refOf(cls, uuid);
    return ref !== undefined && this.#read(cls, ref)?.['uuid'] === uuid ? ref : undefined;
  }

  #write(cls: ClassName, ref: string, after: AnyRecord | undefined): void {
    if (this.#closed) throw new Error('this transaction is over');
    const mine = this.#touched.get(ref);
    if (mine) mine.after = after;
    else this.#touched.set(ref, { cls, ref, before: this.#memory.read(cls, ref), after });
    if (typeof after?.['uuid'] === 'string') this.#uuids.set(`${cls} ${after['uuid']}`, ref);
  }

  #refuse(cls: ClassName, given: AnyRecord): void {
    const shape = shapeOf(cls);
    for (const field of Object.keys(given)) {
      if (!shape.fields.has(field)) throw new Error(`${cls} has no field ${field}`);
      if (shape.derived.has(field) && !same(given[field], [])) throw new Error(`${cls}.${field} follows from the other side of its relation; set it there`);
    }
  }

  /** Moves `ref` from the set of the object that it pointed at to the set of the one that it points at now. */
  #point(target: ClassName, set: string | undefined, ref: string, from: string, to: string): void {
    if (!isNull(to)) found(target, to, this.#read(target, to));
    if (set === undefined || from === to) return;
    const before = isNull(from) ? undefined : this.#read(target, from);
    if (before) this.#write(target, from, Object.freeze({ ...before, [set]: Object.freeze((before[set] as string[]).filter(r => r !== ref)) }));
    const after = isNull(to) ? undefined : this.#read(target, to);
    if (after) this.#write(target, to, Object.freeze({ ...after, [set]: Object.freeze([...(after[set] as string[]), ref]) }));
  }

  #pointing(cls: ClassName, field: string, set: string | undefined, record: AnyRecord, ref: string): readonly string[] {
    if (set !== undefined) return record[set] as readonly string[];
    const refs: string[] = [];
    for (const [other, value] of this.all(cls)) if ((value as unknown as AnyRecord)[field] === ref) refs.push(other);
    return refs;
  }
}
