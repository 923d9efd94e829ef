/* What a host prints about its figures: JSON with every number in a string (new hosts), JSON with bare numbers and bare NaN, which is none (older ones), or
 * XML (the oldest, and even new ones for whole archives). Read into one form: nested lists and named values, numbers still as text. */

export type Doc = string | readonly Doc[] | { readonly [name: string]: Doc };

/** Throws on what is none of the three. */
export const readDocument = (text: string): Doc => {
  const start = text.trimStart();
  if (start.startsWith('<')) return readXml(start);
  try { return asDoc(JSON.parse(start)); } catch { return asDoc(JSON.parse(quoted(start))); }
};

/** Every bare word (NaN, -Infinity, a key without quotes, a number) into quotes; strings stay as they are. */
const quoted = (text: string): string => text.replace(/"(?:[^"\\]|\\.)*"|[-+]?[A-Za-z0-9_][\w.+-]*/g, word => (word.startsWith('"') ? word : `"${word}"`));

const asDoc = (value: unknown): Doc => {
  if (Array.isArray(value)) return value.map(asDoc);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asDoc(inner)]));
  return String(value);
};

interface Node { name: string; text: string; children: Node[] }
/** Elements and text, which is all that these documents have; what stands in `<row>`, `<legend>`, `<ds>` and the like comes as a list of `Node`. */
const readXml = (text: string): Doc => {
  const root: Node = { name: '', text: '', children: [] };
  const open: Node[] = [root];
  for (const [, comment, closing, name, selfClosing, words] of text.matchAll(/<(?:(!--[\s\S]*?--|[?!][^>]*)|(\/)?([\w:-]+)(?:\s[^>]*?)?(\/)?)>|([^<]+)/g)) {
    const top = open[open.length - 1] ?? root;
    if (comment !== undefined) continue;
    if (words !== undefined) { top.text += words; continue; }
    if (closing !== undefined) {
      if (top.name !== name || open.length === 1) throw new SyntaxError(`</${name ?? ''}> closes nothing`);
      open.pop();
      continue;
    }
    const node: Node = { name: name ?? '', text: '', children: [] };
    top.children.push(node);
    if (selfClosing === undefined) open.push(node);
  }
  if (open.length !== 1 || root.children.length !== 1) throw new SyntaxError('the XML ends too early');
  return fromNode(root.children[0] ?? root);
};

/** As the JSON form says it: where a name comes several times it is a list. */
const LISTS: ReadonlySet<string> = new Set(['legend', 'data', 'database']);
const fromNode = ({ text, children, name }: Node): Doc => {
  if (LISTS.has(name)) return children.map(fromNode);
  if (children.length === 0) return plainText(text.trim());
  const [first] = children;
  if (name === 'row') {
    const values = children.filter(child => child.name === 'v').map(fromNode);
    return first?.name === 't' ? { t: fromNode(first), values } : values;
  }
  const named: Record<string, Doc> = {};
  for (const child of children) {
    const value = fromNode(child);
    const several = child.name === 'ds' || child.name === 'rra';
    named[child.name] = several ? [...(named[child.name] as readonly Doc[] | undefined ?? []), value] : value;
  }
  return named;
};

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const plainText = (text: string): string => (text.includes('&') ? text.replace(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole) : text);

export const field = (doc: Doc | undefined, name: string): Doc | undefined => (typeof doc === 'object' && !Array.isArray(doc) ? (doc as Readonly<Record<string, Doc>>)[name] : undefined);
export const listOf = (doc: Doc | undefined): readonly Doc[] => (Array.isArray(doc) ? doc as readonly Doc[] : []);
export const textOf = (doc: Doc | undefined): string => (typeof doc === 'string' ? doc : '');
/** `NaN`, `nan`, `Infinity`, `-inf` and what is no number at all, too. */
export const numberOf = (doc: Doc | undefined): number => {
  const text = textOf(doc);
  const value = text === '' ? Number.NaN : Number(text);
  if (!Number.isNaN(value)) return value;
  const [, sign, infinite] = /^([-+]?)(inf(?:inity)?)$/i.exec(text) ?? [];
  return infinite === undefined ? Number.NaN : sign === '-' ? -Infinity : Infinity;
};
