import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

// Targets are named by hand: electron-vite would derive them from the newest electron in node_modules, while a machine that
// reaches only the npm registry runs the older one that scripts/setup/electron.mjs makes.
export default defineConfig({
  main: { build: { target: 'node20.18', externalizeDeps: false, minify: true, rollupOptions: { input: { main: 'src/main/main.ts' }, external: ['bufferutil', 'utf-8-validate'] } } },
  preload: {
    build: {
      target: 'node20.18', externalizeDeps: false, // a sandboxed preload may require only 'electron'
      rollupOptions: { input: { preload: 'src/preload/preload.ts' }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: 'src/renderer', plugins: [react()],
    build: { target: 'chrome130', minify: true, rollupOptions: { input: { index: 'src/renderer/index.html', web: 'src/renderer/web.html' } } },
  },
});
