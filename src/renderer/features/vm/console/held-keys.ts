import { type KeyMove, MODIFIERS } from '../../../../shared/rules/keyboard';

/* Which keys the guest believes to be held. A key that is let go elsewhere is never told to us, and would stay down in the guest. */

const KEYSYMS: Readonly<Record<string, number>> = { ...Object.fromEntries(Object.values(MODIFIERS).map(({ code, keysym }) => [code, keysym])), ShiftRight: 0xffe2, ControlRight: 0xffe4, MetaRight: 0xffec };

export class HeldKeys {
  readonly #down = new Set<string>();
  press(code: string): void { this.#down.add(code); }
  release(code: string): void { this.#down.delete(code); }
  /** What lets all of them go. */
  letGo(): readonly KeyMove[] {
    const moves = [...this.#down].map(code => ({ code, keysym: KEYSYMS[code] ?? 0, down: false }));
    this.#down.clear();
    return moves;
  }
}
