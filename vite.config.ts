/**
 * How the page and the command line are built, and how the tests are run. `vite build` makes the page (dist/page), `vite build --ssr`
 * the command line (dist/cli); the library (dist/engine) is the type checker's own output.
 */

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { earlyChunks } from './setup/early-chunks.js';
import { inlineStyles } from './setup/inline-styles.js';
import { embedServer } from './setup/embed-server.js';
import { licenses } from './setup/licenses.js';

/** Opening a browser makes sense only where somebody sits in front of it. */
const atDesktop =
  !process.env.CI && !process.env.SSH_CONNECTION && (process.platform === 'darwin' || process.platform === 'win32' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY));

/** Modules of the engine do nothing by being imported: a chunk takes those it uses, and leaves the rest of the engine's door to others. */
const rolldownOptions = { treeshake: { moduleSideEffects: (id: string) => !id.includes('/engine/') } };
/** What the page starts with comes in two pieces at once: while the second is still on its way, the libraries in the first, which take longest to be ready, are at work. */
const TWO_FOR_THE_START = {
  groups: [{ name: (id: string) => (/node_modules.(react|react-dom|scheduler|ip-address).|rolldown.runtime/.test(id) ? 'libraries' : 'page'), tags: ['$initial' as const] }],
};

const notices = licenses();

export default defineConfig(({ isSsrBuild }) => ({
  // Relative addresses: the built page can live in any folder of any server.
  base: './',
  plugins: isSsrBuild ? [notices.ofBuild] : [react(), inlineStyles(), earlyChunks(), embedServer(), notices.ofBuild],
  server: { open: atDesktop },
  preview: { open: false },
  worker: { format: 'es', rolldownOptions, plugins: () => [notices.ofWorker] },
  build: {
    target: 'es2023',
    outDir: isSsrBuild ? 'dist/cli' : 'dist/page',
    emptyOutDir: true,
    copyPublicDir: !isSsrBuild,
    ...(!isSsrBuild && { rolldownOptions: { ...rolldownOptions, output: { codeSplitting: TWO_FOR_THE_START } } }),
  },
  // One self-contained file: the installed command needs no node_modules.
  ssr: { noExternal: true, external: ['playwright-core'] },
  test: {
    reporters: ['default', ['json', { outputFile: '.cache/vitest.json' }]],
    passWithNoTests: true,
    coverage: { include: ['engine/**', 'app/**'] },
    // The groups run one after the other: the kernel's log and clock are not to be shared with busy neighbours.
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/kernel/**', 'test/browser/**'],
          maxWorkers: '100%',
          // A guard against what hangs, not a measure: machines are slow and shared.
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/serve.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
}));
