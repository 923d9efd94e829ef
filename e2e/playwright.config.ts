import { defineConfig } from '@playwright/test';

/* Real Electron against a real host with real QEMU: one worker, because a guest under software emulation wants a core. */
export default defineConfig({
  testDir: '.',
  testMatch: process.env['SHOTS'] === '1' ? ['shots.spec.ts', '*.shots.ts'] : '*.e2e.ts',
  outputDir: '../test-results/e2e',
  workers: 1,
  fullyParallel: false,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['line'], ...(process.env['PLAYWRIGHT_JSON'] === undefined ? [] : [['json', { outputFile: process.env['PLAYWRIGHT_JSON'] }] as ['json', object]])],
  use: { trace: 'off', screenshot: 'off' },
});
