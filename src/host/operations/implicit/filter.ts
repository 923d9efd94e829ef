import { ApiError, type ClassName } from '../../../shared/api';
import { CLASSES } from '../../../shared/api/generated/model';

/* xapi's filter language, as get_all_records_where takes it:
 *   expr = 'true' | 'false' | 'not' expr | expr 'and' expr | expr 'or' expr | '(' expr ')' | value '=' value
 *   value = "text" | 'text' | 'field' "name__label"
 * `and` binds closer than `or`. Values are compared as xapi's database writes them: as text. */

export type Filter = (ref: string, record: Readonly<Record<string, unknown>>) => boolean;
type Value = (ref: string, record: Readonly<Record<string, unknown>>) => string;

const FILTER_MAX_CHARS = 64 * 1024;
const FILTER_MAX_DEPTH = 100;
const TOKEN = /\s*(?:("[^"]*"|'[^']*')|([A-Za-z_]+)|([()=]))/y;

export const parseFilter = (cls: ClassName, text: string): Filter => {
  if (text.length > FILTER_MAX_CHARS) throw refused('the filter is too long');
  const reader = new Reader(cls, tokens(text));
  const filter = reader.either(0);
  reader.end();
  return filter;
};

const refused = (why: string): ApiError => new ApiError('INVALID_VALUE', 'expr', why.slice(0, 200));

const tokens = (text: string): string[] => {
  const found: string[] = [];
  for (TOKEN.lastIndex = 0; text.slice(TOKEN.lastIndex).trim() !== '';) {
    const at = TOKEN.lastIndex, match = TOKEN.exec(text);
    if (!match) throw refused(`not understood: ${text.slice(at, at + 40)}`);
    found.push(match[0].trimStart());
  }
  return found;
};

class Reader {
  readonly #cls: ClassName;
  readonly #tokens: readonly string[];
  #at = 0;
  constructor(cls: ClassName, all: readonly string[]) { this.#cls = cls; this.#tokens = all; }

  either(depth: number): Filter {
    const any = [this.#both(depth)];
    while (this.#take('or')) any.push(this.#both(depth));
    return any.length === 1 && any[0] ? any[0] : (ref, record) => any.some(f => f(ref, record));
  }
  end(): void { if (this.#at < this.#tokens.length) throw refused(`not expected: ${this.#tokens[this.#at]}`); }

  #both(depth: number): Filter {
    const every = [this.#one(depth)];
    while (this.#take('and')) every.push(this.#one(depth));
    return every.length === 1 && every[0] ? every[0] : (ref, record) => every.every(f => f(ref, record));
  }

  #one(depth: number): Filter {
    if (depth > FILTER_MAX_DEPTH) throw refused('the filter is nested too deeply');
    if (this.#take('true')) return () => true;
    if (this.#take('false')) return () => false;
    if (this.#take('not')) { const inner = this.#one(depth + 1); return (ref, record) => !inner(ref, record); }
    if (this.#take('(')) {
      const inner = this.either(depth + 1);
      if (!this.#take(')')) throw refused('a closing parenthesis is missing');
      return inner;
    }
    const left = this.#value();
    if (!this.#take('=')) throw refused('"=" is missing');
    const right = this.#value();
    return (ref, record) => left(ref, record) === right(ref, record);
  }

  #value(): Value {
    const isField = this.#take('field'), token = this.#tokens[this.#at++];
    if (token === undefined || !/^["']/.test(token)) throw refused(token === undefined ? 'the filter ends too soon' : `not expected: ${token}`);
    const text = token.slice(1, -1);
    if (!isField) return () => text;
    if (text === '_ref' || text === 'ref') return ref => ref;
    const field = [text, text.replaceAll('__', '_').replaceAll('/', '_')].find(name => CLASSES[this.#cls].fields.some(f => f.name === name));
    if (field === undefined) throw refused(`${this.#cls} has no field ${text}`);
    return (_ref, record) => asText(record[field]);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }
}

/** As xapi's database holds it: sets and maps as S-expressions. */
const asText = (value: unknown): string => {
  if (Array.isArray(value)) return `(${value.map(v => `'${asText(v)}'`).join(' ')})`;
  if (typeof value === 'object' && value !== null) return `(${Object.entries(value).map(([k, v]) => `('${k}' '${asText(v)}')`).join(' ')})`;
  return String(value);
};
