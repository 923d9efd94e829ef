import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHost, type TestHost } from '../../fixtures/host';

/* docs/api-methods.md is what the host says of itself. UPDATE_DOCS=1 writes it anew. */

const PAGE = path.resolve(import.meta.dirname, '../../../docs/api-methods.md');
let host: TestHost;
beforeAll(async () => { host = await startHost(); });
afterAll(() => host.dispose());

const page = (methods: readonly string[]): string => {
  const plain = methods.filter(method => !method.startsWith('Async.'));
  const asyncs = new Set(methods);
  const classes = [...new Set(plain.map(method => method.split('.')[0] ?? ''))].sort();
  const section = (cls: string): string => {
    const names = plain.filter(method => method.startsWith(`${cls}.`)).map(method => `\`${method.slice(cls.length + 1)}\`${asyncs.has(`Async.${method}`) ? '*' : ''}`);
    return `## ${cls}\n\n${names.sort().join(', ')}\n`;
  };
  return `# Supported methods\n\nWhat \`system.listMethods\` answers, written by \`tests/host/api/supported-list.test.ts\`. With a star: there is an \`Async.\` form, which answers a task.\n\n${classes.map(section).join('\n')}`;
};

it('the list in docs is what the host serves', async () => {
  const client = await host.connect();
  const now = page(await client.call('system.listMethods'));
  if (process.env['UPDATE_DOCS'] === '1') fs.writeFileSync(PAGE, now);
  expect(fs.readFileSync(PAGE, 'utf8')).toBe(now);
});
