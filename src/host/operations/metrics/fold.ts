/* A storm of alarms is folded: so many are told one by one, the rest of the same while together. */

export const FOLD_WINDOW_MS = 5 * 60_000;
export const ALARMS_MAX_PER_WINDOW = 20;
const LISTED_MAX = 50;

export class AlarmFold {
  #since = -Infinity;
  #count = 0;
  #rest: string[] = [];

  /** Whether this one is told by itself. */
  admits(nowMs: number, what: string): boolean {
    if (nowMs - this.#since >= FOLD_WINDOW_MS && this.#rest.length === 0) { this.#since = nowMs; this.#count = 0; }
    if (++this.#count <= ALARMS_MAX_PER_WINDOW) return true;
    this.#rest.push(what);
    return false;
  }

  /** The rest, when its while is over. */
  told(nowMs: number): string | undefined {
    if (this.#rest.length === 0 || nowMs - this.#since < FOLD_WINDOW_MS) return undefined;
    const rest = this.#rest;
    this.#rest = [];
    return `${rest.length} more alarms within ${FOLD_WINDOW_MS / 60_000} minutes:\n${rest.slice(0, LISTED_MAX).join('\n')}${rest.length > LISTED_MAX ? '\n...' : ''}`;
  }
}
