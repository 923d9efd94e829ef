import { expect, it } from 'vitest';
import { manPage } from './man';
import { VERBS } from './verbs';

const page = manPage(VERBS).split('\n');

it('has every verb with all that it takes', () => {
  for (const { name, parameters } of VERBS) {
    const begins = page.indexOf(`.SS ${name.replaceAll('-', '\\-')}`), ends = page.findIndex((line, i) => i > begins && /^\.S[SH] /.test(line));
    expect(begins, name).toBeGreaterThan(0);
    for (const parameter of parameters) expect(page.slice(begins, ends).join('\n'), name).toContain(`.B ${parameter.name.replaceAll('-', '\\-')}`);
  }
});
it('has no line that roff would take for another command', () => {
  for (const line of page) expect(line).toMatch(/^(?:\.(?:TH|SH|SS|TP|B)(?: |$)|[^.']|\\&|$)/);
});
