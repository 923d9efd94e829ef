import { expect, it } from 'vitest';
import { numberedNames } from './numbered-names';

it('numbers names where they say so, else at the end', () => {
  expect(numberedNames('web', 1)).toEqual(['web']);
  expect(numberedNames('web', 2)).toEqual(['web 1', 'web 2']);
  expect(numberedNames('web-##.example', 3, 9)).toEqual(['web-09.example', 'web-10.example', 'web-11.example']);
  expect(numberedNames('#', 1)).toEqual(['1']);
});
