import { defineConfig } from 'vitest/config';

/* Started by `npm run lab`, which brings image and payload. One machine at a time: it is emulated, on few processors. */
export default defineConfig({
  test: { name: 'lab', root: new URL('../..', import.meta.url).pathname, include: ['tests/lab/*.lab.ts'], environment: 'node', testTimeout: 900_000, hookTimeout: 600_000, fileParallelism: false, reporters: ['verbose'] },
});
