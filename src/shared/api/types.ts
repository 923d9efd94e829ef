/** A XenAPI reference, `OpaqueRef:<uuid>`, of one class. */
export type Ref<C extends string> = string & { readonly __class: C };

export const NULL_REF = 'OpaqueRef:NULL';
/** The null reference of any class. */
export const nullRef = <C extends string>(): Ref<C> => NULL_REF as Ref<C>;
export const isNull = (ref: string): boolean => ref === NULL_REF || ref === '';

/** XenAPI's "never". */
export const EPOCH = '19700101T00:00:00Z';

/** A XenAPI type of the data model, taken apart. */
export type Type =
  | { t: 'string' } | { t: 'int' } | { t: 'float' } | { t: 'bool' } | { t: 'datetime' } | { t: 'void' } | { t: 'any' }
  | { t: 'ref'; cls: string } | { t: 'record'; cls: string } | { t: 'enum'; name: string }
  | { t: 'set'; of: Type } | { t: 'map'; key: Type; value: Type } | { t: 'struct'; fields: readonly [string, Type][] } | { t: 'option'; of: Type };

const known = new Map<string, Type>();

/** Parses the data model's notation, such as `(VM ref -> string set) map`. Answers are kept. */
export const parseType = (text: string): Type => {
  let type = known.get(text);
  if (!type) { type = parse(text.trim()); known.set(text, type); }
  return type;
};

const parse = (text: string): Type => {
  if (text.startsWith('{')) {
    const fields = text.slice(1, -1).split(', ').map((p): [string, Type] => {
      const colon = p.indexOf(': ');
      return [p.slice(0, colon), parseType(p.slice(colon + 2))];
    });
    return { t: 'struct', fields };
  }
  if (text.endsWith(' set')) return { t: 'set', of: parseType(text.slice(0, -4)) };
  if (text.endsWith(' option')) return { t: 'option', of: parseType(text.slice(0, -7)) };
  if (text.endsWith(' map')) {
    const arrow = outerArrow(text);
    return { t: 'map', key: parseType(text.slice(1, arrow)), value: parseType(text.slice(arrow + 4, -5)) };
  }
  if (text.endsWith(' ref')) return { t: 'ref', cls: text.slice(0, -4) };
  if (text === 'data_source record') return DATA_SOURCE; // no object of the database, so its fields are in no model
  if (text.endsWith(' record')) return { t: 'record', cls: text.slice(0, -7) };
  if (text.startsWith('enum ')) return { t: 'enum', name: text.slice(5) };
  switch (text) {
    case 'string': case 'secretstring': return { t: 'string' };
    case 'int': case 'float': case 'bool': case 'datetime': case 'void': return { t: text };
    default: return { t: 'any' };
  }
};

const STRING: Type = { t: 'string' }, BOOL: Type = { t: 'bool' }, FLOAT: Type = { t: 'float' };
const DATA_SOURCE: Type = { t: 'struct', fields: [['name_label', STRING], ['name_description', STRING], ['enabled', BOOL], ['standard', BOOL], ['units', STRING], ['min', FLOAT], ['max', FLOAT], ['value', FLOAT]] };

const outerArrow = (text: string): number => {
  let depth = 0;
  for (let i = 1; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    else if (depth === 0 && text.startsWith(' -> ', i)) return i;
  }
  throw new Error(`not a map type: ${text}`);
};
