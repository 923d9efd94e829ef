import { ApiError } from '../../../shared/api';

/* Attempts to log in, a few at once from one origin: a wrong password keeps its place for as long as it is slowed, so
 * that guessing in parallel gains nothing, while logins from elsewhere do not notice. */

export const ATTEMPTS_AT_ONCE_PER_ORIGIN = 8;
export const ATTEMPTS_WAITING_PER_ORIGIN_MAX = 100;

export class Attempts {
  readonly #origins = new Map<string, { running: number; waiting: (() => void)[] }>();

  async run<T>(origin: string, attempt: () => Promise<T>): Promise<T> {
    const place = this.#origins.get(origin) ?? { running: 0, waiting: [] };
    this.#origins.set(origin, place);
    if (place.running < ATTEMPTS_AT_ONCE_PER_ORIGIN) place.running++;
    else if (place.waiting.length >= ATTEMPTS_WAITING_PER_ORIGIN_MAX) throw new ApiError('TOO_BUSY');
    else await new Promise<void>(resolve => { place.waiting.push(resolve); }); // takes over the place of the one that wakes it
    try {
      return await attempt();
    } finally {
      const next = place.waiting.shift();
      if (next) next();
      else if (--place.running === 0) this.#origins.delete(origin);
    }
  }
}
