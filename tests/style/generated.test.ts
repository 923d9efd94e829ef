import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MODEL = path.join(ROOT, '../shared/xenapi/datamodel.json');

// The product never needs ../shared; only this check that the committed output is the script's does.
it.skipIf(!fs.existsSync(MODEL))('src/shared/api/generated is what the generator writes', () => {
  expect(() => execFileSync(process.execPath, ['scripts/generate/api.mjs', MODEL, '--check'], { cwd: ROOT, stdio: 'pipe' })).not.toThrow();
});
