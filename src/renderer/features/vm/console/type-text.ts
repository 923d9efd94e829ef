import { type KeyMove, movesOf, type Typed } from '../../../../shared/rules/keyboard';

/* Types a text into a guest, key by key, slowly enough for it: an emulated keyboard remembers 16 bytes, and forgets the rest without a word. */

export const SPEEDS = { slow: { label: 'Slow', perSecond: 8 }, normal: { label: 'Normal', perSecond: 25 }, fast: { label: 'Fast', perSecond: 80 } } as const;
export type Speed = keyof typeof SPEEDS;
export const isSpeed = (text: string): text is Speed => Object.hasOwn(SPEEDS, text);

export const strokeCount = (typed: Typed): number => typed.characters.reduce((sum, { strokes }) => sum + strokes.length, 0);

/** Resolves with how many characters were typed: all, or those before it was stopped. */
export const typeText = async (typed: Typed, speed: Speed, send: (moves: readonly KeyMove[]) => void, signal: AbortSignal, onTyped: (characters: number) => void): Promise<number> => {
  let done = 0;
  for (const { strokes } of typed.characters) {
    for (const stroke of strokes) {
      if (signal.aborted) return done;
      send(movesOf(stroke));
      await pause(1000 / SPEEDS[speed].perSecond, signal);
    }
    onTyped(++done);
  }
  return done;
};

const pause = (ms: number, signal: AbortSignal): Promise<void> => new Promise(resolve => {
  const end = (): void => { clearTimeout(timer); signal.removeEventListener('abort', end); resolve(); };
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end, { once: true });
});
