/* How fast pictures come, as far as it can be seen: a screen that stands still says nothing, so only what comes without a pause counts. */

export type Grade = 'best' | 'good' | 'low';

/** Bytes that follow each other closer than this belong to one picture on its way. */
const PAUSE_MS = 60;
/** A run must be so long before it is believed. */
const RUN_MIN_BYTES = 64 * 1024;
const RUN_MIN_MS = 40;
const LOW_BELOW_BYTES_PER_S = 400 * 1024;
const BEST_ABOVE_BYTES_PER_S = 4 * 1024 * 1024;

/** What noVNC tells the host: JPEG quality, and how hard to pack. */
export const GRADES: Readonly<Record<Grade, { qualityLevel: number; compressionLevel: number }>> = {
  best: { qualityLevel: 9, compressionLevel: 1 }, good: { qualityLevel: 6, compressionLevel: 2 }, low: { qualityLevel: 1, compressionLevel: 9 },
};

export class Bandwidth {
  #grade: Grade = 'good';
  #bytes = 0;
  #from = 0;
  #last = Number.NEGATIVE_INFINITY;

  get grade(): Grade { return this.#grade; }

  /** Bytes have come; answers whether the grade is another one now. */
  note(bytes: number, nowMs: number): boolean {
    if (nowMs - this.#last > PAUSE_MS) { this.#bytes = 0; this.#from = nowMs; } else this.#bytes += bytes; // the first ones tell no time
    this.#last = nowMs;
    const ms = nowMs - this.#from;
    if (this.#bytes < RUN_MIN_BYTES || ms < RUN_MIN_MS) return false;
    const rate = this.#bytes * 1000 / ms, before = this.#grade;
    this.#grade = rate < LOW_BELOW_BYTES_PER_S ? 'low' : rate > BEST_ABOVE_BYTES_PER_S ? 'best' : 'good';
    this.#bytes = 0;
    this.#from = nowMs;
    return this.#grade !== before;
  }
}
