import { describe, expect, it } from 'vitest';
import { Cast } from './cast';

describe('Cast', () => {
  it('tells what was said and when, and cuts no letter', () => {
    const cast = new Cast({ cols: 80, rows: 24 }, 'web', new Date(1_700_000_000_500), 1_000);
    const bytes = new TextEncoder().encode('né\u001b[0m');
    cast.said(bytes.subarray(0, 2), 1_250);
    cast.said(bytes.subarray(2), 2_000);
    cast.resized({ cols: 100, rows: 30 }, 2_500);
    expect(cast.text.trimEnd().split('\n').map(line => JSON.parse(line) as unknown)).toEqual([
      { version: 2, width: 80, height: 24, timestamp: 1_700_000_000, title: 'web' }, [0.25, 'o', 'n'], [1, 'o', 'é\u001b[0m'], [1.5, 'r', '100x30'],
    ]);
  });
});
