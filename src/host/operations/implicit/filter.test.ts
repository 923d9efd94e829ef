import { describe, expect, it } from 'vitest';
import { parseFilter } from './filter';

const record = { name_label: 'x', is_a_template: false, memory_static_max: 5, tags: ['a', 'b'], other_config: { k: 'v' }, power_state: 'Halted' };
const says = (text: string): boolean => parseFilter('VM', text)('OpaqueRef:r', record);

describe('the filter language', () => {
  it.each([
    ['true', true], ['false', false], ['not false', true], ['not not true', true], ['(true)', true],
    ['field "name__label" = "x"', true], ['field "name_label"="y"', false], ['"x" = field \'name__label\'', true], ['field "is_a_template" = "false"', true], ['field "memory__static_max" = "5"', true],
    ['field "memory/static_max" = "5"', true], ['field "tags" = "(\'a\' \'b\')"', true], ['field "other_config" = "((\'k\' \'v\'))"', true], ['field "_ref" = "OpaqueRef:r"', true], ['"a" = "a"', true],
    ['true or true and false', true], ['(true or true) and false', false], ['not true or true', true], ['not (true or true)', false], ['false or false or true', true], ['  true  ', true],
  ])('%s', (text, expected) => { expect(says(text)).toBe(expected); });
  it.each(['', 'maybe', 'true true', 'true and', '(true', 'true)', 'field name = "x"', 'field "nope" = "x"', '"a"', '"a" =', '"a', 'field "name_label" == "x"', '!true', 'not '.repeat(200) + 'true', '('.repeat(100_000), 'x'.repeat(70_000)])('refuses %j', text => {
    expect(() => says(text)).toThrow('INVALID_VALUE expr');
  });
});
