/* Reads an XML-RPC call, or a value alone (an archive's ova.xml). A reader of our own: the grammar is a dozen elements, white space inside a value is the value, and
 * there are no document types, so that no entity can be declared, let alone expanded. Anything else is refused, with the
 * place where it stands. One pass, linear in the length. */

export class XmlError extends Error {
  constructor(what: string, at: number) { super(`${what} at character ${at}`); this.name = 'XmlError'; }
}
export interface MethodCall { method: string; params: unknown[] }

const DEPTH_MAX = 64;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: '\'' };

export const readMethodCall = (xml: string): MethodCall => {
  const reader = new Reader(xml);
  reader.prolog();
  reader.open('methodCall');
  const method = reader.text('methodName').trim();
  const params: unknown[] = [];
  if (reader.opens('params')) {
    while (reader.opens('param')) { params.push(reader.value(0)); reader.close('param'); }
    reader.close('params');
  }
  reader.close('methodCall');
  reader.end();
  return { method, params };
};

/** One `<value>` and nothing else. */
export const readValue = (xml: string): unknown => {
  const reader = new Reader(xml);
  reader.prolog();
  const value = reader.value(0);
  reader.end();
  return value;
};

class Reader {
  readonly #xml: string;
  #at = 0;
  constructor(xml: string) { this.#xml = xml; }

  prolog(): void {
    if (this.#xml.startsWith('\ufeff')) this.#at = 1;
    if (!this.#xml.startsWith('<?xml', this.#at)) return;
    this.#at = this.#past('?>');
  }
  end(): void { this.#space(); if (this.#at < this.#xml.length) throw this.#error('text after the end'); }

  open(name: string): void { if (!this.opens(name)) throw this.#error(`<${name}> is missing`); }
  /** Takes `<name>` if it stands here; an empty element `<name/>` is taken too and answers false. */
  opens(name: string): boolean { return this.#take(name) === 'open'; }
  close(name: string): void {
    this.#space();
    const tail = new RegExp(`</${name}\\s*>`, 'y');
    tail.lastIndex = this.#at;
    if (!tail.test(this.#xml)) throw this.#error(`</${name}> is missing`);
    this.#at = tail.lastIndex;
  }
  text(name: string): string { this.open(name); const text = this.#characters(); this.close(name); return text; }

  value(depth: number): unknown {
    if (depth > DEPTH_MAX) throw this.#error('values are nested too deeply');
    const taken = this.#take('value');
    if (taken === 'empty') return '';
    if (taken === undefined) throw this.#error('<value> is missing');
    const raw = this.#characters();
    if (this.#xml.startsWith('</value', this.#at)) { this.close('value'); return raw; } // text without a type
    if (raw.trim() !== '') throw this.#error('text beside an element');
    const value = this.#typed(depth);
    this.close('value');
    return value;
  }

  #typed(depth: number): unknown {
    const name = /<([\w.]+)/y;
    name.lastIndex = this.#at;
    const type = name.exec(this.#xml)?.[1] ?? '';
    switch (type) {
      case 'string': return this.#textOf('string');
      case 'i4': case 'i8': case 'int': return this.#number(type, /^[+-]?\d+$/);
      case 'double': return this.#number('double', /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/);
      case 'boolean': {
        const text = this.text('boolean').trim();
        if (text !== '0' && text !== '1') throw this.#error('a boolean is 0 or 1');
        return text === '1';
      }
      case 'dateTime.iso8601': return this.text(type).trim();
      case 'nil': this.opens('nil'); return undefined;
      case 'array': return this.#array(depth);
      case 'struct': return this.#struct(depth);
      default: throw this.#error(type === '' ? 'not understood' : `<${type}> is not known`);
    }
  }

  #take(name: string): 'open' | 'empty' | undefined {
    this.#space();
    if (!this.#xml.startsWith(`<${name}`, this.#at)) return undefined;
    const tail = /\s*(\/?)>/y;
    tail.lastIndex = this.#at + name.length + 1;
    const match = tail.exec(this.#xml);
    if (!match) return undefined;
    this.#at = tail.lastIndex;
    return match[1] === '' ? 'open' : 'empty';
  }

  /** The text of an element that may be empty, but must be there. */
  #textOf(name: string): string {
    const taken = this.#take(name);
    if (taken === undefined) throw this.#error(`<${name}> is missing`);
    if (taken === 'empty') return '';
    const text = this.#characters();
    this.close(name);
    return text;
  }

  #number(name: string, form: RegExp): number {
    const text = this.text(name).trim();
    if (!form.test(text)) throw this.#error(`not a number in <${name}>`);
    return Number(text);
  }

  #array(depth: number): unknown[] {
    const values: unknown[] = [];
    if (!this.opens('array')) return values;
    if (this.opens('data')) {
      for (this.#space(); this.#xml.startsWith('<value', this.#at); this.#space()) values.push(this.value(depth + 1));
      this.close('data');
    }
    this.close('array');
    return values;
  }

  #struct(depth: number): Record<string, unknown> {
    const members: [string, unknown][] = [];
    if (this.opens('struct')) {
      while (this.opens('member')) {
        members.push([this.#textOf('name'), this.value(depth + 1)]);
        this.close('member');
      }
      this.close('struct');
    }
    return Object.fromEntries(members);
  }

  /** Text up to the next element, with CDATA and the five entities; comments are passed over. */
  #characters(): string {
    let text = '';
    for (;;) {
      const next = this.#xml.indexOf('<', this.#at);
      if (next < 0) throw this.#error('the text ends too soon');
      text += this.#decode(this.#xml.slice(this.#at, next));
      this.#at = next;
      if (this.#xml.startsWith('<![CDATA[', next)) { const end = this.#past(']]>'); text += this.#xml.slice(next + 9, end - 3); this.#at = end; }
      else if (this.#xml.startsWith('<!--', next)) this.#at = this.#past('-->');
      else return text;
    }
  }

  #decode(raw: string): string {
    const text = raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw;
    if (!text.includes('&')) return text;
    return text.replace(/&([^;&]{0,12};?)/g, (_, body: string) => {
      const name = body.endsWith(';') ? body.slice(0, -1) : '';
      if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name] ?? '';
      const digits = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name);
      const code = digits ? parseInt(digits[1] ?? digits[2] ?? '', digits[1] === undefined ? 10 : 16) : NaN;
      if (!(code > 0 && code <= 0x10ffff)) throw this.#error('an entity that is not known');
      return String.fromCodePoint(code);
    });
  }

  #space(): void {
    for (;;) {
      while (/\s/.test(this.#xml[this.#at] ?? '')) this.#at++;
      if (!this.#xml.startsWith('<!--', this.#at)) return;
      this.#at = this.#past('-->');
    }
  }
  #past(what: string): number {
    const found = this.#xml.indexOf(what, this.#at);
    if (found < 0) throw this.#error('the text ends too soon');
    return found + what.length;
  }
  #error(what: string): XmlError { return new XmlError(what, this.#at); }
}
