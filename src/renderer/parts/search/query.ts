/* What is looked for, as text: `mail tag:web|db power:running memory>=4GiB -os:windows "two words"`. The text is the whole of it: it is typed, kept under a name,
 * and sent to a colleague. All terms must hold; a `|` parts what may stand for each other; a `-` turns a term round. What is no field is a word: `fe80::1` is one. */

export const TEXT_FIELDS = ['name', 'description', 'uuid', 'tag', 'folder', 'power', 'os', 'address', 'host', 'pool', 'kind', 'custom', 'has'] as const;
export const NUMBER_FIELDS = ['vcpus', 'memory'] as const;
export type TextField = typeof TEXT_FIELDS[number];
export type NumberField = typeof NUMBER_FIELDS[number];
/** `:` holds it, `=` is it; the others compare numbers. */
export type Comparison = ':' | '=' | '>' | '<' | '>=' | '<=';
export interface Term { /** Undefined: any of the texts by which a person knows a thing. */ field: TextField | NumberField | undefined; how: Comparison; values: readonly string[]; not: boolean }
export type Query = readonly Term[];

/** Longer texts are no search of a person. */
export const QUERY_MAX_CHARS = 2_000;
const FIELD = /^([a-z]+)(>=|<=|[:=<>])/i;
/** A term: words without a space, in which quotes hold together what has one. A quote that is not closed yet goes to the end. */
const TERM = /(?:[^\s"]|"(?:\\.|[^"\\])*(?:"|$))+/g;

export const isNumberField = (field: string | undefined): field is NumberField => NUMBER_FIELDS.some(known => known === field);
const isTextField = (field: string): field is TextField => TEXT_FIELDS.some(known => known === field);

export const parseQuery = (text: string): Query => (text.slice(0, QUERY_MAX_CHARS).match(TERM) ?? []).flatMap((written): Term[] => {
  const not = written.startsWith('-') && written.length > 1, rest = not ? written.slice(1) : written;
  const [head = '', name = '', sign = ':'] = FIELD.exec(rest) ?? [], field = name.toLowerCase();
  const known = isNumberField(field) ? field : isTextField(field) && (sign === ':' || sign === '=') ? field : undefined;
  const values = parted(known === undefined ? rest : rest.slice(head.length)).filter(value => value !== '');
  return values.length === 0 ? [] : [{ field: known, how: known === undefined ? ':' : isNumberField(known) && sign === ':' ? '=' : sign as Comparison, values, not }];
});

/** What stands between the `|`, without quotes. */
const parted = (text: string): string[] => (text.match(/(?:[^|"]|"(?:\\.|[^"\\])*(?:"|$))+/g) ?? []).map(part => part.replaceAll(/"((?:\\.|[^"\\])*)(?:"|$)/g, (_whole, inner: string) => inner.replaceAll(/\\(.)/g, '$1')));

export const queryText = (query: Query): string => query.map(({ field, how, values, not }) => `${not ? '-' : ''}${field === undefined ? '' : `${field}${how}`}${values.map(value => quoted(value, field === undefined)).join('|')}`).join(' ');

const quoted = (value: string, first: boolean): string => (/[\s"|\\]/.test(value) || (first && (value.startsWith('-') || FIELD.test(value))) ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : value);

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };
/** `4`, `4g`, `1.5 GiB`: a number, of bytes where a unit is named. NaN: it is none. */
export const numberOf = (text: string): number => {
  const [, digits = '', unit = ''] = /^(\d+(?:[.,]\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
  return digits === '' ? Number.NaN : Number(digits.replace(',', '.')) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
};
