import { describe, expect, it } from 'vitest';
import { atStart } from './together';

describe('the hosts that are connected at the start', () => {
  const express = { at: 'x', alone: true }, farm = { at: 'a', alone: false }, unasked: { at: string; alone?: boolean } = { at: 'b' };
  it.each([
    [[express, farm], false, [express]], [[farm, express, unasked], false, [farm, unasked]], [[express, farm], true, [farm]], [[], false, []],
  ])('of %j, some connected: %j', (known, some, wanted) => { expect(atStart(known, some)).toEqual(wanted); });
});
