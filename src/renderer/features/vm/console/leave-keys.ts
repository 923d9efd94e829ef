/* The way out of a console that takes every key: press Ctrl and Alt together, nothing else, and let go. */

const IS_CTRL = /^Control(Left|Right)$/;
const IS_ALT = /^Alt(Left|Right)$/;

export class LeaveKeys {
  readonly #down = new Set<string>();
  #ctrl = false;
  #alt = false;
  #other = false;

  press(code: string): void {
    if (this.#down.size === 0) this.#ctrl = this.#alt = this.#other = false;
    this.#down.add(code);
    if (IS_CTRL.test(code)) this.#ctrl = true;
    else if (IS_ALT.test(code)) this.#alt = true;
    else this.#other = true;
  }

  /** Whether letting go of `code` completes the combination. */
  release(code: string): boolean {
    this.#down.delete(code);
    return this.#down.size === 0 && this.#ctrl && this.#alt && !this.#other && (this.#ctrl = false, true);
  }

  forget(): void { this.#down.clear(); }
}
