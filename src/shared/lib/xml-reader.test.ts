import { describe, expect, it } from 'vitest';
import { readMethodCall, XmlError } from './xml-reader';

const call = (...values: string[]): string => `<?xml version="1.0" encoding="utf-8"?>\n<methodCall>\n <methodName>a.b</methodName>\n <params>${values.map(v => `\n  <param>${v}</param>`).join('')}\n </params>\n</methodCall>\n`;
const value = (xml: string): unknown => readMethodCall(call(`<value>${xml}</value>`)).params[0];

describe('readMethodCall', () => {
  it('reads calls with and without parameters', () => {
    expect(readMethodCall(call())).toEqual({ method: 'a.b', params: [] });
    for (const xml of ['<methodCall><methodName>x</methodName></methodCall>', '\ufeff<?xml version=\'1.0\'?><!-- c --><methodCall><methodName> x </methodName><params/></methodCall>', '<methodCall ><methodName>x</methodName ><params></params></methodCall>']) {
      expect(readMethodCall(xml)).toEqual({ method: 'x', params: [] });
    }
    expect(readMethodCall(call('<value>1</value>', '<value/>', '<value><string/></value>')).params).toEqual(['1', '', '']);
  });
  it.each<[string, unknown]>([
    ['text', 'text'], ['', ''], ['  spaces kept\n ', '  spaces kept\n '], ['<string> s </string>', ' s '], ['a\r\nb', 'a\nb'], ['a&#13;b', 'a\rb'],
    ['&lt;&amp;&gt;&quot;&apos;&#9731;&#x2603;', '<&>"\'☃☃'], ['<![CDATA[<&amp;]]>', '<&amp;'], ['a<!-- c -->b', 'ab'], ['&amp;lt;', '&lt;'],
    ['<int>-5</int>', -5], ['<i4> 7 </i4>', 7], ['<i8>9007199254740991</i8>', Number.MAX_SAFE_INTEGER], ['<double>1.5e3</double>', 1500], ['<boolean>1</boolean>', true], ['\n<boolean>0</boolean>\n', false],
    ['<dateTime.iso8601>20260102T03:04:05Z</dateTime.iso8601>', '20260102T03:04:05Z'], ['<nil/>', undefined],
    ['<array><data><value>a</value> <value><int>1</int></value></data></array>', ['a', 1]], ['<array><data/></array>', []], ['<array/>', []],
    ['<struct><member><name>a</name><value>b</value></member> <member><name>__proto__</name><value>c</value></member></struct>', Object.fromEntries([['a', 'b'], ['__proto__', 'c']])], ['<struct/>', {}],
  ])('reads %j', (xml, expected) => { expect(value(xml)).toEqual(expected); });
  it.each([
    '&unknown;', '&#0;', '&#x110000;', '&', '& amp;', '&amp', '<string>a', '<int>a</int>', '<int></int>', '<int>1.5</int>', '<double>NaN</double>', '<boolean>true</boolean>', '<base64>AAAA</base64>', '<b>x</b>',
    'text<int>1</int>', '<array><value>a</value></array>', '<array><data>a</data></array>', '<struct><member><value>a</value></member></struct>', '<string><string>a</string></string>', '<![CDATA[', '<!-- ', '<?php ?>',
  ])('refuses %j', xml => { expect(() => value(xml)).toThrow(XmlError); });
  it.each(['', 'x', '<methodCall>', '<methodResponse></methodResponse>', '<methodCall><params/></methodCall>', '<!DOCTYPE a><methodCall><methodName>x</methodName></methodCall>', '<methodCall><methodName>x</methodName></methodCall><a/>', '<?xml'])('refuses as a whole: %j', xml => {
    expect(() => readMethodCall(xml)).toThrow(XmlError);
  });
  it('reads a number without end in one pass', () => {
    const digits = '1'.repeat(1_000_000);
    // Looked at again from every digit, this would take hours.
    for (const type of ['double', 'int']) expect(() => value(`<${type}>${digits}x</${type}>`)).toThrow(XmlError);
  });

  it('bounds nesting, and is linear in the length', () => {
    const nested = (n: number): string => '<array><data><value>'.repeat(n) + '</value></data></array>'.repeat(n);
    expect(value(nested(60))).toBeDefined();
    expect(() => value(nested(100_000))).toThrow('nested too deeply');
    const many = call(`<value><array><data>${'<value>&amp;x</value> '.repeat(100_000)}</data></array></value>`);
    expect((readMethodCall(many).params[0] as string[]).length).toBe(100_000);
  });
});
