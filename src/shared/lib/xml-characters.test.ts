import { expect, it } from 'vitest';
import { isXmlText, toXmlText } from './xml-characters';

it.each([['', true], ['plain\ttext\r\n', true], ['naïve 日本 😀', true], ['a\u0000b', false], ['\u0008', false], ['\u000b', false], ['\u001f', false], ['\ufffe', false], ['\uffff', false], ['\ud800', false], ['x\udc00y', false]])(
  'says whether XML can carry %j', (text, can) => { expect(isXmlText(text)).toBe(can); });

it('replaces each character that XML cannot carry, and leaves the others', () => {
  expect(toXmlText('\u0000a\u0001\u0002b\tc\u001f')).toBe('\ufffda\ufffd\ufffdb\tc\ufffd');
  const plain = 'nothing to do\r\n';
  expect(toXmlText(plain)).toBe(plain);
});
