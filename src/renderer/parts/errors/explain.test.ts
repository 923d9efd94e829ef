import { describe, expect, it } from 'vitest';
import { ERRORS, SILENT_REASONS } from '../../../shared/api';
import { detailsText, explain, KNOWN_ERRORS } from './explain';
import { silenceOf } from './silence';

const HOST_SOURCES = import.meta.glob<string>(['/src/host/**/*.ts', '!/src/host/**/*.test.ts'], { query: '?raw', import: 'default', eager: true });
const GENERIC = 'The host said no';

describe('explain', () => {
  it('has words for every error that the host of this repository answers', () => {
    const text = Object.values(HOST_SOURCES).join('\n');
    const raised = new Set([...text.matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g)].map(match => match[1] ?? '').filter(code => Object.hasOwn(ERRORS, code)));
    expect(raised.size).toBeGreaterThan(20);
    expect([...raised].filter(code => KNOWN_ERRORS[code] === undefined)).toEqual([]);
  });

  it('knows only codes that exist', () => {
    expect(Object.keys(KNOWN_ERRORS).filter(code => !Object.hasOwn(ERRORS, code))).toEqual([]);
  });

  it.each(Object.keys(KNOWN_ERRORS))('%s tells what, why and what next, with parameters and without', code => {
    for (const params of [[], (ERRORS as Readonly<Record<string, readonly string[]>>)[code]?.map((_, i) => `value ${i}`) ?? []]) {
      const { title, detail, next } = explain({ kind: 'refused', code, params });
      expect(title).not.toBe(GENERIC);
      for (const words of [title, detail, next]) {
        expect(words).toMatch(/^[“A-Z?]/);
        expect(words).not.toMatch(/undefined|NaN|\[object/);
      }
      expect(detail).toMatch(/[.?]$/);
    }
  });

  it('puts names in the place of references', () => {
    const look = (id: string): string | undefined => (id === 'OpaqueRef:1' ? 'mail' : undefined);
    expect(explain({ kind: 'refused', code: 'VM_BAD_POWER_STATE', params: ['OpaqueRef:1', 'Halted', 'Running'] }, look).title).toBe('“mail” is running');
    expect(explain({ kind: 'refused', code: 'VM_BAD_POWER_STATE', params: ['OpaqueRef:2', 'Halted', 'Running'] }, look).title).toBe('The VM is running');
  });

  it('shows bytes as people read them', () => {
    expect(explain({ kind: 'refused', code: 'SR_FULL', params: ['10737418240', '1073741824'] }).detail).toBe('Needed: 10 GiB. Free: 1 GiB.');
  });

  it('shows an unknown code honestly', () => {
    const words = explain({ kind: 'refused', code: 'BRAND_NEW_ERROR', params: ['a', 'b'] });
    expect(words.title).toBe(GENERIC);
    expect(words.detail).toContain('BRAND_NEW_ERROR, a, b');
    expect(detailsText('Could not start', { kind: 'refused', code: 'BRAND_NEW_ERROR', params: ['a'] })).toBe('Could not start\nBRAND_NEW_ERROR\n  a\n');
  });

  it('knows numbered storage errors by their family', () => {
    expect(explain({ kind: 'refused', code: 'SR_BACKEND_FAILURE_46', params: ['', '', 'no such file'] }).detail).toBe('No such file.');
  });

  it('cuts a value of 64 KiB', () => {
    expect(explain({ kind: 'refused', code: 'INVALID_VALUE', params: ['name_label', 'x'.repeat(65_536)] }).detail.length).toBeLessThan(200);
  });

  it('tells why the undo failed as well', () => {
    const words = explain({ kind: 'half-made', name: 'mail 2', cause: { kind: 'refused', code: 'SR_FULL', params: ['2', '1'] }, undo: { kind: 'silent', reason: 'closed' } });
    expect(words.title).toBe('The storage is too full');
    expect(words.detail).toContain('“mail 2” by then could not be removed: The host closed the connection.');
  });
});

describe('silenceOf', () => {
  it.each([...SILENT_REASONS, 'ECONNREFUSED', 'ENOTFOUND', 'http-502'])('%s has words', reason => {
    const { what, look } = silenceOf(reason);
    expect(what).not.toContain('(');
    expect(look).toMatch(/\.$/);
  });
  it('shows an unknown reason as it is', () => { expect(silenceOf('EWEIRD').what).toBe('The host does not answer (EWEIRD)'); });
});
