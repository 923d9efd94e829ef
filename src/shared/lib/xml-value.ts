import { toXmlText } from './xml-characters';

/* Values as XML-RPC text, for those who know no type of the data model. Integers are text in XenAPI: whoever writes one makes a string of it. */

/** A number is a `<double>`. */
export type XmlValue = string | boolean | number | XmlDate | readonly XmlValue[] | { readonly [member: string]: XmlValue };
/** XenAPI's `datetime`. */
export class XmlDate {
  readonly text: string;
  constructor(text: string) { this.text = text; }
}

export const escapeXml = (text: string): string => toXmlText(text).replace(/[&<>\r]/g, c => ESCAPES[c] ?? c);
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

export const writeValue = (v: XmlValue): string => {
  if (typeof v === 'string') return `<value>${escapeXml(v)}</value>`;
  if (typeof v === 'boolean') return `<value><boolean>${v ? 1 : 0}</boolean></value>`;
  if (typeof v === 'number') return `<value><double>${String(Number(v.toPrecision(16)))}</double></value>`;
  if (v instanceof XmlDate) return `<value><dateTime.iso8601>${escapeXml(v.text)}</dateTime.iso8601></value>`;
  if (isList(v)) return `<value><array><data>${v.map(writeValue).join('')}</data></array></value>`;
  return `<value><struct>${Object.entries(v).map(([name, x]) => `<member><name>${escapeXml(name)}</name>${writeValue(x)}</member>`).join('')}</struct></value>`;
};

const isList = (v: XmlValue): v is readonly XmlValue[] => Array.isArray(v);
