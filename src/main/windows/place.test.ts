import { describe, expect, it } from 'vitest';
import { DEFAULT_SIZE, MIN_SIZE, placeFor } from './place';

const LEFT = { x: 0, y: 0, width: 1_920, height: 1_040 };
const RIGHT = { x: 1_920, y: 0, width: 1_280, height: 1_024 };
const kept = (more = {}) => ({ x: 100, y: 100, width: 1_000, height: 700, maximised: false, ...more });

describe('placeFor', () => {
  it('takes a middling size the first time', () => { expect(placeFor(undefined, [LEFT])).toEqual({ ...DEFAULT_SIZE, maximised: false }); });
  it('fits a small display', () => { expect(placeFor(undefined, [{ x: 0, y: 0, width: 1_024, height: 600 }])).toEqual({ width: 1_024, height: 600, maximised: false }); });
  it('opens where it stood, also maximised and on the second display', () => {
    expect(placeFor(kept(), [LEFT])).toEqual(kept());
    expect(placeFor(kept({ x: 2_000, maximised: true }), [LEFT, RIGHT])).toEqual(kept({ x: 2_000, maximised: true }));
    expect(placeFor(kept({ x: -300 }), [LEFT])).toEqual(kept({ x: -300 }));
  });
  it('comes back from a display that is gone', () => {
    expect(placeFor(kept({ x: 2_000 }), [LEFT])).toEqual({ width: 1_000, height: 700, maximised: false });
    for (const lost of [{ y: 5_000 }, { x: -950 }, { x: 1_900 }, { y: -2_000 }]) expect(placeFor(kept(lost), [LEFT])).not.toHaveProperty('x');
  });
  it('keeps the title bar within reach, and a size that can be used', () => {
    expect(placeFor(kept({ y: -30 }), [LEFT])).toMatchObject({ y: 0 });
    expect(placeFor(kept({ width: 1, height: 1 }), [LEFT])).toMatchObject(MIN_SIZE);
    expect(placeFor(kept({ width: 9_000 }), [LEFT])).toMatchObject({ width: LEFT.width });
  });
});
