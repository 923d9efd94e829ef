import type { KeyMove } from '../../../../../shared/rules/keyboard';
import { HeldKeys } from '../held-keys';

/* One keyboard for several guests: what is typed into one of the marked ones goes to the others too. */

type Send = (moves: readonly KeyMove[]) => void;
interface Pressed { code: string; key: string }

export class Broadcast {
  readonly #screens = new Map<string, Send>();
  readonly #held = new HeldKeys();
  #marked: readonly string[] = [];

  /** A screen that can be typed to; what is answered takes it away. */
  add(ref: string, send: Send): () => void {
    this.#screens.set(ref, send);
    return () => { this.#screens.delete(ref); };
  }
  /** Before the set changes nothing may stay held in it. */
  mark(refs: readonly string[]): void { this.letGo(); this.#marked = refs; }

  /** A key moved in the screen of `from`, which has it already. */
  key(from: string, { code, key }: Pressed, down: boolean): void {
    if (!this.#marked.includes(from)) return;
    if (down) this.#held.press(code); else this.#held.release(code);
    this.#tell([{ code, keysym: keysymOf(key), down }], from);
  }
  /** To all that are marked. */
  send(moves: readonly KeyMove[]): void { this.#tell(moves, undefined); }
  letGo(): void { this.#tell(this.#held.letGo(), undefined); }

  #tell(moves: readonly KeyMove[], but: string | undefined): void {
    if (moves.length > 0) for (const ref of this.#marked) if (ref !== but) this.#screens.get(ref)?.(moves);
  }
}

/** For hosts that take no scan codes: of characters the Latin-1 ones have their own number. */
const keysymOf = (key: string): number => ([...key].length === 1 ? (key.codePointAt(0) ?? 0) <= 0xff ? key.codePointAt(0) ?? 0 : 0x1000000 + (key.codePointAt(0) ?? 0) : 0);
