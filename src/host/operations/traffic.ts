import { Emitter, type Disposable } from '../../shared/lib/emitter';
import type { Ref } from '../../shared/api';

/* Operations and what the service does by itself in the background: an operation never waits for such work to finish, and is never refused for it. It tells
 * that it comes, the work that is in its way stops, and is taken up again afterwards. */

/** Resolves when the background work that this operation would meet has stopped; undefined: there is none. */
export type MakeWay = (vm: Ref<'VM'> | undefined) => Promise<void> | undefined;

export class Traffic {
  /** Set by whoever works in the background. */
  makeWay: MakeWay | undefined;
  /** There may be something to do in the background. */
  tidy: (() => void) | undefined;
  readonly #left = new Emitter<void>();
  #under = 0;

  get isQuiet(): boolean { return this.#under === 0; }
  /** After an operation has ended. */
  onLeave(listener: () => void): Disposable { return this.#left.on(listener); }

  /** @param vm the one that is worked on; undefined: disks alone */
  async through<T>(vm: Ref<'VM'> | undefined, work: () => T | Promise<T>): Promise<T> {
    this.#under++;
    try {
      const way = this.makeWay?.(vm);
      if (way) await way;
      return await work();
    } finally {
      this.#under--;
      this.#left.emit();
    }
  }
}
