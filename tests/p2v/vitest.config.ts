import { defineConfig } from 'vitest/config';

/* Started by `npm run p2v-round`, which brings the old machine's disk. */
export default defineConfig({
  test: { name: 'p2v', root: new URL('../..', import.meta.url).pathname, include: ['tests/p2v/*.p2v.ts'], environment: 'node', testTimeout: 3_600_000, hookTimeout: 1_800_000, fileParallelism: false, reporters: ['verbose'] },
});
