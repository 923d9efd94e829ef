import { parseType, type ApiEvent, type ClassName, type Type } from '../../shared/api';
import { CLASSES } from '../../shared/api/generated/model';
import { recordTypeOf } from './json';
import { isLong } from './long';
import { escapeXml as escapeText } from '../../shared/lib/xml-value';

/* Answers as XML-RPC text. Integers are strings, as xapi has always sent them. */

const value = (inner: string): string => `<value>${inner}</value>`;
const member = (name: string, xml: string): string => `<member><name>${escapeText(name)}</name>${xml}</member>`;
const struct = (members: readonly string[]): string => value(`<struct>${members.join('')}</struct>`);

/** `<value>...</value>`; also what a task's result holds. */
export const toXml = (type: Type, v: unknown): string => {
  switch (type.t) {
    case 'void': return value('');
    case 'bool': return value(`<boolean>${v ? 1 : 0}</boolean>`);
    case 'float': return value(`<double>${String(Number((v as number).toPrecision(16)))}</double>`);
    case 'datetime': return value(`<dateTime.iso8601>${escapeText(v as string)}</dateTime.iso8601>`);
    case 'set': return value(`<array><data>${(v as readonly unknown[]).map(x => toXml(type.of, x)).join('')}</data></array>`);
    case 'map': return struct(Object.entries(v as object).map(([k, x]) => member(k, toXml(type.value, x))));
    case 'struct': return struct(type.fields.map(([name, of]) => member(name, name === 'valid_ref_counts' ? counts(v as never) : toXml(of, (v as Readonly<Record<string, unknown>>)[name]))));
    case 'record': return type.cls === 'event' ? event(v as ApiEvent) : record(type.cls, v as Readonly<Record<string, unknown>>);
    case 'option': return v === undefined ? value('<nil/>') : toXml(type.of, v);
    case 'string': case 'int': case 'ref': case 'enum': return value(escapeText(String(v)));
    case 'any': return untyped(v);
  }
};

/** The same text, in parts. */
export function* xmlParts(type: Type, v: unknown): Generator<string> {
  if (!isLong(type, v)) { yield toXml(type, v); return; }
  switch (type.t) {
    case 'set':
      yield '<value><array><data>';
      for (const x of v as readonly unknown[]) yield toXml(type.of, x);
      yield '</data></array></value>';
      break;
    case 'map':
      yield '<value><struct>';
      for (const [k, x] of Object.entries(v as object)) yield member(k, toXml(type.value, x));
      yield '</struct></value>';
      break;
    case 'struct':
      yield '<value><struct>';
      for (const [name, of] of type.fields) {
        yield `<member><name>${escapeText(name)}</name>`;
        if (name === 'valid_ref_counts') yield counts(v as never); else yield* xmlParts(of, (v as Readonly<Record<string, unknown>>)[name]);
        yield '</member>';
      }
      yield '</struct></value>';
      break;
    default:
  }
}

const record = (cls: string, v: Readonly<Record<string, unknown>>): string =>
  (Object.hasOwn(CLASSES, cls) ? struct(CLASSES[cls as ClassName].fields.map(f => member(f.name, toXml(parseType(f.type), v[f.name])))) : untyped(v));

const event = ({ snapshot, ...rest }: ApiEvent): string =>
  struct([...Object.entries(rest).map(([k, x]) => member(k, value(escapeText(String(x))))), ...(snapshot === undefined ? [] : [member('snapshot', toXml(recordTypeOf(rest.class), snapshot))])]);

/** The one place where xapi sends real integers. */
const counts = ({ valid_ref_counts }: { valid_ref_counts: Readonly<Record<string, number>> }): string =>
  struct(Object.entries(valid_ref_counts).map(([k, n]) => member(k, value(`<i4>${n}</i4>`))));

const untyped = (v: unknown): string => {
  if (Array.isArray(v)) return value(`<array><data>${v.map(untyped).join('')}</data></array>`);
  if (typeof v === 'object' && v !== null) return struct(Object.entries(v).map(([k, x]) => member(k, untyped(x))));
  if (typeof v === 'boolean') return value(`<boolean>${v ? 1 : 0}</boolean>`);
  return value(escapeText(typeof v === 'string' ? v : v === undefined || v === null ? '' : JSON.stringify(v)));
};

const RESPONSE = ['<?xml version="1.0"?><methodResponse><params><param>', '</param></params></methodResponse>'] as const;
/** What stands around a value: before it, and after. */
export const SUCCESS = [`${RESPONSE[0]}<value><struct>${member('Status', value('Success'))}<member><name>Value</name>`, `</member></struct></value>${RESPONSE[1]}`] as const;
/** system.listMethods alone has no Status around it. */
export const BARE = RESPONSE;
export const failure = (error: readonly string[]): string =>
  RESPONSE[0] + struct([member('Status', value('Failure')), member('ErrorDescription', value(`<array><data>${error.map(e => value(escapeText(e))).join('')}</data></array>`))]) + RESPONSE[1];
