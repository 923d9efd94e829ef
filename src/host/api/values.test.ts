import { describe, expect, it } from 'vitest';
import { parseType, type ClassName } from '../../shared/api';
import { complete as fill } from '../../client';
import { CLASSES } from '../../shared/api/generated/model';
import { complete } from '../store/shape';
import { jsonParts, toJson } from './json';
import { parameterName, fromWire } from './values';
import { failure, SUCCESS, toXml } from './xml';

const read = (type: string, value: unknown): unknown => fromWire(parseType(type), value, 'f');

describe('fromWire', () => {
  it.each<[string, unknown, unknown]>([
    ['string', 'a ☃ 😀\t\n', 'a ☃ 😀\t\n'], ['int', 5, 5], ['int', '5', 5], ['int', '-0012', -12], ['float', 1, 1], ['float', '1.5e3', 1500], ['float', '2', 2], ['bool', true, true],
    ['VM ref', 'OpaqueRef:x', 'OpaqueRef:x'], ['VM ref', '', 'OpaqueRef:NULL'], ['enum vm_power_state', 'Halted', 'Halted'],
    ['datetime', '20260102T03:04:05Z', '20260102T03:04:05Z'], ['datetime', '2026-01-02T03:04:05.123Z', '20260102T03:04:05Z'],
    ['string set', [], []], ['(string -> string) map', {}, {}], ['(VM ref -> int) map', { a: '1' }, { a: 1 }], ['(int -> float) map', { 7: 1 }, { 7: 1 }], ['string option', undefined, undefined], ['string option', 'a', 'a'],
  ])('takes %s %j', (type, value, expected) => { expect(read(type, value)).toEqual(expected); });
  it.each<[string, unknown]>([
    ['string', 5], ['string', null], ['string', undefined], ['string', ['a']], ['int', 1.5], ['int', 'a'], ['int', ''], ['int', '1e3'], ['int', true], ['int', Infinity], ['float', 'NaN'], ['float', ''], ['float', NaN], ['float', false],
    ['bool', 'true'], ['bool', 1], ['bool', null], ['VM ref', 5], ['VM ref', null], ['enum vm_power_state', 1], ['datetime', 'today'], ['datetime', 0], ['string set', 'a'], ['string set', {}], ['string set', [1]], ['(string -> string) map', []], ['(string -> string) map', { a: 1 }], ['VM record', []], ['VM record', null],
  ])('refuses %s %j as of the wrong type', (type, value) => { expect(() => read(type, value)).toThrow('FIELD_TYPE_ERROR f'); });
  it.each<[string, unknown]>([
    ['int', 2 ** 53], ['int', '9007199254740993'], ['enum vm_power_state', 'halted'], ['datetime', '20261332T99:00:00Z'], ['string', 'a\u0000'], ['string', '\ud800'], ['string', '\uffff'], ['string', 'x'.repeat(1024 * 1024 + 1)], ['(string -> string) map', { 'a\u0001': 'b' }],
  ])('refuses %s out of bounds (%#)', (type, value) => { expect(() => read(type, value)).toThrow('INVALID_VALUE f'); });
  it('bounds names more narrowly', () => {
    expect(parameterName('VM.set_name_label', 'value')).toBe('name_label');
    expect(parameterName('VM.set_tags', 'value')).toBe('value');
    expect(fromWire(parseType('string'), 'x'.repeat(65_535), 'new_name')).toHaveLength(65_535);
    expect(() => fromWire(parseType('string'), 'x'.repeat(65_536), 'new_name')).toThrow('INVALID_VALUE new_name value too long');
  });
});

describe('toJson', () => {
  it.each<[string, unknown, string]>([
    ['float', 1, '1.0'], ['float', 0.5, '0.5'], ['float', -2, '-2.0'], ['float', 1e21, '1e+21'], ['int', 1, '1'], ['void', undefined, '""'], ['string set', ['a"'], '["a\\""]'], ['(int -> float) map', { 1: 2 }, '{"1":2.0}'],
    ['float set', [1, 1.5], '[1.0,1.5]'], ['string option', undefined, 'null'], ['{a: float, b: string set}', { a: 1, b: [] }, '{"a":1.0,"b":[]}'],
  ])('writes %s %j', (type, value, expected) => { expect(toJson(parseType(type), value)).toBe(expected); });
  it('keeps the text of a record as long as the record', () => {
    const task = Object.freeze({ uuid: 'u', progress: 1 }), first = toJson(parseType('task record'), task);
    expect(JSON.parse(first)).toMatchObject({ uuid: 'u', progress: 1 });
    expect(first).toContain('"progress":1.0');
    expect(toJson(parseType('(task ref -> task record) map'), { r: task })).toBe(`{"r":${first}}`);
  });
});

describe('events for those who know the defaults', () => {
  const brief = (event: object): { snapshot: Record<string, unknown> } => (JSON.parse([...jsonParts(parseType('event record set'), [event], true)].join('')) as [{ snapshot: Record<string, unknown> }])[0];
  const samples: Readonly<Record<string, unknown>> = { string: 'a "b"\n', int: 7, float: 3, bool: true, 'string set': ['x'], '(string -> string) map': { k: 'v', __proto__x: '' } };
  it.each((Object.keys(CLASSES) as ClassName[]).filter(cls => CLASSES[cls].events))('leave out of a %s what its reader fills in, and nothing else', cls => {
    const given = Object.fromEntries(CLASSES[cls].fields.filter(({ type }) => type in samples).map(({ name, type }) => [name, samples[type]]));
    const event = { id: '1', timestamp: '0.0', class: cls.toLowerCase(), operation: 'add', ref: 'r' };
    for (const record of [complete(cls, {}), complete(cls, given)]) {
      const { snapshot, ...rest } = brief({ ...event, snapshot: record });
      expect(rest).toEqual(event);
      expect(fill(cls, snapshot)).toEqual(record);
      expect(Object.keys(snapshot).every(name => record[name] !== complete(cls, {})[name])).toBe(true);
    }
    expect(brief({ ...event, snapshot: complete(cls, {}) }).snapshot).toEqual({});
  });
  it('are the same as ever where there is no snapshot, and for everybody else', () => {
    const gone = { id: '1', timestamp: '0.0', class: 'vm', operation: 'del', ref: 'r' }, type = parseType('event record set'), vm = complete('VM', { name_label: 'a', HVM_shadow_multiplier: 2 });
    expect(brief(gone)).toEqual(gone);
    const events = [gone, { ...gone, operation: 'add', snapshot: vm }];
    expect([...jsonParts(type, events)].join('')).toBe(toJson(type, events));
    expect(JSON.parse(toJson(type, events))).toEqual(events);
  });
});

describe('toXml', () => {
  it.each<[string, unknown, string]>([
    ['string', ' a<&>\r\n', '<value> a&lt;&amp;&gt;&#13;\n</value>'], ['string', 'a\u0001', '<value>a\ufffd</value>'], ['int', 2 ** 40, '<value>1099511627776</value>'], ['float', 0.1 + 0.2, '<value><double>0.3</double></value>'], ['bool', true, '<value><boolean>1</boolean></value>'],
    ['void', undefined, '<value></value>'], ['VM ref set', ['OpaqueRef:x'], '<value><array><data><value>OpaqueRef:x</value></data></array></value>'],
    ['(string -> int) map', { '<': 1 }, '<value><struct><member><name>&lt;</name><value>1</value></member></struct></value>'], ['datetime', '19700101T00:00:00Z', '<value><dateTime.iso8601>19700101T00:00:00Z</dateTime.iso8601></value>'],
  ])('writes %s %j', (type, value, expected) => { expect(toXml(parseType(type), value)).toBe(expected); });
  it('wraps outcomes', () => {
    expect(SUCCESS.join('<value>x</value>')).toContain('<name>Value</name><value>x</value>');
    expect(failure(['A', '<'])).toContain('<value>A</value><value>&lt;</value>');
  });
});
