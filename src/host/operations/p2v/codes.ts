import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../../../shared/api';

/* One-time codes: who has one may bring in one machine, and nothing else. Only in memory: a code ends with the service, at its time, after its
 * one use, and after a few wrong tries. Its first letters name it, so that a wrong try counts against that code alone. */

export interface Code { id: string; name: string; sr: string; network: string; expires: number }
interface Open extends Code { secret: Buffer; wrongTries: number }

export const CODE_TRIES_MAX = 5, CODES_MAX = 100;
export const CODE_MINUTES_MAX = 24 * 60;
/** No letter that looks like another. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const HALF_LETTERS = 5;
const WRONG_CODE_DELAY_MS = 1000;

export class Codes {
  readonly #now: () => number;
  readonly #open = new Map<string, Open>();
  readonly #delayMs: number;

  constructor(now: () => number, delayMs = WRONG_CODE_DELAY_MS) { this.#now = now; this.#delayMs = delayMs; }

  make(wish: { name: string; sr: string; network: string; minutes: number }): Code & { code: string } {
    this.#expire();
    if (this.#open.size >= CODES_MAX) throw new ApiError('TOO_BUSY');
    let id: string;
    do id = letters(); while (this.#open.has(id));
    const secret = letters(), { name, sr, network } = wish, expires = this.#now() + wish.minutes * 60_000;
    this.#open.set(id, { id, name, sr, network, expires, secret: hashOf(secret), wrongTries: 0 });
    return { id, name, sr, network, expires, code: `${id}-${secret}` };
  }

  list(): readonly Code[] {
    this.#expire();
    return [...this.#open.values()].map(({ id, name, sr, network, expires }) => ({ id, name, sr, network, expires }));
  }

  revoke(id: string): void { this.#open.delete(id); }

  /** The code is right; it stays until `revoke`, so that a machine that is refused for another reason may try again. */
  async check(given: string): Promise<Code> {
    this.#expire();
    const [, id = '', secret = ''] = /^\s*([a-z0-9]+)[\s-]*([a-z0-9]+)\s*$/.exec(halved(given.toLowerCase())) ?? [];
    const code = this.#open.get(id);
    if (code && timingSafeEqual(code.secret, hashOf(secret))) return code;
    if (code && ++code.wrongTries >= CODE_TRIES_MAX) this.#open.delete(id);
    await delay(this.#delayMs, undefined, { ref: false });
    throw new ApiError('SESSION_AUTHENTICATION_FAILED', 'code', 'this code is wrong, used, or too old');
  }

  #expire(): void { for (const { id, expires } of this.#open.values()) if (expires <= this.#now()) this.#open.delete(id); }
}

const letters = (): string => Array.from({ length: HALF_LETTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
/** Typed without its dash. */
const halved = (text: string): string => (/^[a-z0-9]{10}$/.test(text.trim()) ? `${text.trim().slice(0, HALF_LETTERS)}-${text.trim().slice(HALF_LETTERS)}` : text);
