import type { ClassName, Records } from '../../shared/api';

/* A sorted list of references that is kept up to date by the changed records alone: ten thousand VMs cost nothing
 * while they only change state. The list is the same object until membership or order changes. */

/** Defined once per list, as a constant: it is the key under which the list is kept. */
export interface IndexSpec<C extends ClassName> {
  cls: C;
  keep(record: Records[C]): boolean;
  sortBy(record: Records[C]): string;
}

/** Above this many moved entries sorting anew is cheaper than moving each. */
const MOVES_MAX = 64;
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

export class Index<C extends ClassName> {
  readonly spec: IndexSpec<C>;
  readonly listeners = new Set<() => void>();
  #keys = new Map<string, string>();
  #refs: readonly string[] = [];

  constructor(spec: IndexSpec<C>) { this.spec = spec; }

  get refs(): readonly string[] { return this.#refs; }

  watch(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  }

  /** Starts anew; whether the list is different now. */
  refill(records: ReadonlyMap<string, Records[C]>): boolean {
    const before = this.#refs;
    this.#keys = new Map();
    for (const [ref, record] of records) if (this.spec.keep(record)) this.#keys.set(ref, this.spec.sortBy(record));
    this.#refs = [...this.#keys.keys()].sort(this.#compare);
    if (before.length === this.#refs.length && before.every((ref, i) => ref === this.#refs[i])) this.#refs = before;
    return this.#refs !== before;
  }

  /** Looks at the touched records only; whether the list is different now. */
  update(touched: ReadonlySet<string>, records: ReadonlyMap<string, Records[C]>): boolean {
    const left = new Set<string>();
    const entered = new Map<string, string>();
    for (const ref of touched) {
      const record = records.get(ref);
      const key = record && this.spec.keep(record) ? this.spec.sortBy(record) : undefined;
      const before = this.#keys.get(ref);
      if (key === before) continue;
      if (before !== undefined) left.add(ref);
      if (key !== undefined) entered.set(ref, key);
    }
    if (left.size === 0 && entered.size === 0) return false;
    const refs = left.size > 0 ? this.#refs.filter(ref => !left.has(ref)) : [...this.#refs];
    for (const ref of left) this.#keys.delete(ref);
    for (const [ref, key] of entered) this.#keys.set(ref, key);
    if (entered.size > MOVES_MAX) refs.push(...entered.keys());
    else for (const ref of entered.keys()) refs.splice(this.#placeFor(ref, refs), 0, ref);
    this.#refs = entered.size > MOVES_MAX ? refs.sort(this.#compare) : refs;
    return true;
  }

  readonly #compare = (a: string, b: string): number =>
    collator.compare(this.#keys.get(a) ?? '', this.#keys.get(b) ?? '') || (a < b ? -1 : a > b ? 1 : 0);

  #placeFor(ref: string, refs: readonly string[]): number {
    let low = 0;
    let high = refs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(refs[middle] ?? '', ref) < 0) low = middle + 1; else high = middle;
    }
    return low;
  }
}
