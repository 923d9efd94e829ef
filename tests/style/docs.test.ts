import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const pages = ['README.md', ...fs.readdirSync(path.join(ROOT, 'docs')).filter(f => f.endsWith('.md')).map(f => `docs/${f}`)];

/** What a page names as a path of this repository: links, and `code` that looks like one. */
const named = (page: string): string[] => {
  const text = fs.readFileSync(path.join(ROOT, page), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(m => m[1] ?? '').filter(l => !/^[a-z]+:/.test(l)).map(l => path.join(path.dirname(page), l));
  const code = [...text.matchAll(/`((?:src|scripts|tests|e2e|bench|docs|assets|\.ci)\/[\w./-]+)`/g)].map(m => m[1] ?? '');
  return [...links, ...code];
};

describe('docs', () => {
  it.each(pages)('%s names only paths that exist', page => {
    expect(named(page).filter(p => !fs.existsSync(path.join(ROOT, p)))).toEqual([]);
  });
  it('names paths at all', () => { expect(pages.flatMap(named).length).toBeGreaterThan(20); });
});
