import { defineConfig } from 'vitest/config';

/* Suites of minutes: the service killed at every step of every plan, and whole installations. scripts/test.mjs runs them beside the other host tests. */
const LONG = ['tests/host/service/kill-walk*.test.ts', 'tests/host/install/*.test.ts'];

/* Unit tests stand beside the code; tests/host and tests/style are the suites against real peers. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/{shared,connection,client,main,host,cli}/**/*.test.ts'], environment: 'node' } },
      { test: { name: 'renderer', include: ['src/{renderer,web}/**/*.test.{ts,tsx}'], environment: 'happy-dom', setupFiles: 'tests/renderer/canvas.ts', testTimeout: 60_000 } },
      { test: { name: 'host', include: ['tests/**/*.test.ts'], exclude: LONG, environment: 'node', testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false } },
      { test: { name: 'long', include: LONG, environment: 'node', testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false } },
      // Only by name: npm run debian-round.
      { test: { name: 'rounds', include: ['tests/rounds/*.round.ts'], environment: 'node', testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false } },
    ],
  },
});
