import { expect, it } from 'vitest';
import { parseJson } from './loose-json';

it('reads floats that are no numbers, as xapi prints them, and leaves texts alone', () => {
  expect(parseJson('{"a":NaN,"b":[-Infinity,Infinity,1.0],"c":"NaN \\"NaN, Infinity","NaN":"-Infinity"}')).toEqual({ a: null, b: [-Infinity, Infinity, 1], c: 'NaN "NaN, Infinity', NaN: '-Infinity' });
});
it.each(['', '{', 'NaN,', '{"a":NaNa}', '<html>'])('throws on what is no JSON: %s', text => { expect(() => parseJson(text)).toThrow(); });
