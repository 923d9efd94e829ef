/* Joins the patches of one turn into one message per session, and cuts what is too much for one: a fill of a farm is sent
 * in parts, so that neither process stands still for it. */
import type { Changed, Gone } from '../../shared/api';
import type { RecordPatch, SessionId } from '../../shared/ipc';

export const PATCH_MAX_RECORDS = 2_000;
type Last = { changed: Changed } | { gone: Gone };
interface Joined { reset: boolean; last: Map<string, Last> }

export class PatchJoiner {
  readonly #joined = new Map<SessionId, Joined>();
  readonly #emit: (patch: RecordPatch) => void;
  #scheduled = false;

  constructor(emit: (patch: RecordPatch) => void) { this.#emit = emit; }

  add({ session, reset, changed, gone }: RecordPatch): void {
    const known = this.#joined.get(session);
    const joined: Joined = known && !reset ? known : { reset, last: new Map<string, Last>() };
    this.#joined.set(session, joined);
    for (const each of changed) joined.last.set(`${each.cls} ${each.ref}`, { changed: each });
    for (const each of gone) joined.last.set(`${each.cls} ${each.ref}`, { gone: each });
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => { this.#scheduled = false; this.flush(); });
  }

  /** At once: before a state is told that rests on these records. */
  flush(): void {
    const all = [...this.#joined];
    this.#joined.clear();
    for (const [session, { reset, last }] of all) {
      const entries = [...last.values()];
      for (let from = 0; from === 0 || from < entries.length; from += PATCH_MAX_RECORDS) {
        const part = entries.slice(from, from + PATCH_MAX_RECORDS);
        this.#emit({
          session, reset: reset && from === 0,
          changed: part.flatMap(each => ('changed' in each ? [each.changed] : [])),
          gone: part.flatMap(each => ('gone' in each ? [each.gone] : [])),
        });
      }
    }
  }
  forget(session: SessionId): void { this.#joined.delete(session); }
}
