/** Does `work` a moment after it was asked for, once for all that ask meanwhile, and so seldom that it takes a tenth of the time at most. */
export class Soon {
  readonly #work: () => void;
  readonly #waitMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastMs = 0;

  constructor(work: () => void, waitMs = 50) { this.#work = work; this.#waitMs = waitMs; }

  readonly ask = (): void => { this.#timer ??= setTimeout(() => { this.flush(); }, Math.max(this.#waitMs, this.#lastMs * 9)); };
  /** At once, if somebody has asked. */
  readonly flush = (): void => {
    if (this.#timer === undefined) return;
    this.dispose();
    const began = performance.now();
    this.#work();
    this.#lastMs = performance.now() - began;
  };
  readonly dispose = (): void => { clearTimeout(this.#timer); this.#timer = undefined; };
}
