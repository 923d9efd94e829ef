import type { ClassName, Records } from '../../shared/api';
import type { RecordPatch } from '../../shared/ipc';
import { Index, type IndexSpec } from './record-index';

/* The records of one session, as the host last told them. One subscription per record: a change of one VM
 * wakes only what shows that VM. Lists subscribe to an Index, which wakes only when membership or order changes. */

type Listener = () => void;
/** The part of a patch that a store needs. */
export type Changes = Pick<RecordPatch, 'reset' | 'changed' | 'gone'>;

export class RecordStore {
  readonly #classes = new Map<ClassName, Map<string, Records[ClassName]>>();
  readonly #watchers = new Map<string, Set<Listener>>();
  readonly #classWatchers = new Map<ClassName, Set<Listener>>();
  readonly #indexes = new Map<IndexSpec<ClassName>, Index<ClassName>>();
  #resets = 0;

  /** Takes in one patch and wakes everyone concerned once, in this turn. */
  apply(patch: Changes): void {
    const touched = new Set<string>();
    if (patch.reset) this.#clear(touched);
    for (const change of patch.changed) {
      this.#ofClass(change.cls).set(change.ref, change.record);
      touched.add(change.ref);
    }
    for (const { cls, ref } of patch.gone) if (this.#ofClass(cls).delete(ref)) touched.add(ref);
    const woken = this.#updateIndexes(patch, touched);
    const deaf = patch.reset ? [...this.#watchers.values()].flatMap(set => [...set]) : [];
    for (const ref of touched) for (const listener of this.#watchers.get(ref) ?? []) woken.add(listener);
    for (const listener of deaf) woken.add(listener);
    for (const [cls, listeners] of this.#classWatchers) {
      if (patch.reset || patch.changed.some(change => change.cls === cls) || patch.gone.some(each => each.cls === cls)) for (const listener of listeners) woken.add(listener);
    }
    for (const listener of woken) listener();
  }

  /** How often everything was told anew: who waits for a record knows that it will not come. */
  get resets(): number { return this.#resets; }

  get<C extends ClassName>(cls: C, ref: string): Records[C] | undefined {
    return this.#classes.get(cls)?.get(ref) as Records[C] | undefined;
  }

  /** The record behind a reference of unknown class, as errors name them. */
  find(ref: string): { cls: ClassName; record: Records[ClassName] } | undefined {
    for (const [cls, records] of this.#classes) {
      const record = records.get(ref);
      if (record) return { cls, record };
    }
    return undefined;
  }

  all<C extends ClassName>(cls: C): ReadonlyMap<string, Records[C]> {
    return this.#ofClass(cls) as unknown as ReadonlyMap<string, Records[C]>;
  }

  /** Wakes `listener` when the record of `ref` changes, comes, goes, or when everything was told anew. */
  watch(ref: string, listener: Listener): () => void {
    const listeners = this.#watchers.get(ref) ?? new Set();
    this.#watchers.set(ref, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#watchers.get(ref) === listeners) this.#watchers.delete(ref);
    };
  }

  /** Wakes `listener` with every patch that says anything of `cls`: for who looks at all of them, and takes its time. */
  watchClass(cls: ClassName, listener: Listener): () => void {
    const listeners = this.#classWatchers.get(cls) ?? new Set();
    this.#classWatchers.set(cls, listeners.add(listener));
    return () => { listeners.delete(listener); };
  }

  /** The list of `spec`; one per spec, kept as long as the store. */
  index<C extends ClassName>(spec: IndexSpec<C>): Index<C> {
    const key = spec as unknown as IndexSpec<ClassName>;
    const known = this.#indexes.get(key);
    if (known) return known as unknown as Index<C>;
    const index = new Index(spec);
    index.refill(this.all(spec.cls));
    this.#indexes.set(key, index);
    return index;
  }

  #updateIndexes(patch: Changes, touched: ReadonlySet<string>): Set<Listener> {
    const woken = new Set<Listener>();
    for (const index of this.#indexes.values()) {
      const records = this.#ofClass(index.spec.cls);
      const changed = patch.reset ? index.refill(records) : index.update(touched, records);
      if (changed) for (const listener of index.listeners) woken.add(listener);
    }
    return woken;
  }

  #clear(touched: Set<string>): void {
    this.#resets++;
    for (const records of this.#classes.values()) {
      for (const ref of records.keys()) touched.add(ref);
      records.clear();
    }
  }

  #ofClass(cls: ClassName): Map<string, Records[ClassName]> {
    const known = this.#classes.get(cls);
    if (known) return known;
    const made = new Map<string, Records[ClassName]>();
    this.#classes.set(cls, made);
    return made;
  }
}
