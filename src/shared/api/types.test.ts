import { describe, expect, it } from 'vitest';
import { CLASSES } from './generated/model';
import { parseType } from './types';

describe("the data model's types", () => {
  it('reads nested notations', () => {
    expect(parseType('(VM ref -> string set) map')).toEqual({ t: 'map', key: { t: 'ref', cls: 'VM' }, value: { t: 'set', of: { t: 'string' } } });
    expect(parseType('(VM ref -> (string -> string) map) map')).toEqual({ t: 'map', key: { t: 'ref', cls: 'VM' }, value: { t: 'map', key: { t: 'string' }, value: { t: 'string' } } });
    expect(parseType('enum vm_operations set')).toEqual({ t: 'set', of: { t: 'enum', name: 'vm_operations' } });
    expect(parseType('string set set')).toEqual({ t: 'set', of: { t: 'set', of: { t: 'string' } } });
    expect(parseType('{events: event record set, valid_ref_counts: (string -> int) map, token: string}')).toMatchObject({ t: 'struct', fields: [['events', { t: 'set' }], ['valid_ref_counts', { t: 'map' }], ['token', { t: 'string' }]] });
  });

  it('knows every type that a served class uses', () => {
    const unknown = Object.entries(CLASSES).flatMap(([cls, model]) =>
      [...model.fields.map(f => f.type), ...model.messages.flatMap(m => [m.result, ...m.params.map(p => String(p[1]))])]
        .filter(text => JSON.stringify(parseType(text)).includes('"any"')).map(text => `${cls}: ${text}`));
    // event.snapshot is a record of any class, by design.
    expect(unknown.filter(u => !u.includes('<class> record'))).toEqual([]);
  });
});
