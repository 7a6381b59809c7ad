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
import { offline } from './setup/offline.js';
import { pureD3 } from './setup/pure-d3.js';
import { scriptHashes } from './setup/script-hashes.js';
import { withoutManual } from './setup/without-manual.js';

/** Opening a browser makes sense only where somebody sits in front of it. */
const atDesktop =
  !process.env.CI && !process.env.SSH_CONNECTION && (process.platform === 'darwin' || process.platform === 'win32' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY));

/** Modules of the engine do nothing by being imported: a chunk takes those it uses, and leaves the rest of the engine's door to others. */
const treeshake = { moduleSideEffects: (id: string) => !id.includes('/engine/') };
/** A minified chunk keeps notes to bundlers, which none reads any more. */
const output = { comments: false };
/** What the page starts with comes in two pieces at once: while the second is still on its way, the libraries in the first, which take longest to be ready, are at work. */
const TWO_FOR_THE_START = {
  name: (id: string) => (/node_modules.(react|react-dom|scheduler|ip-address).|rolldown.runtime/.test(id) ? 'libraries' : 'page'),
  tags: ['$initial' as const],
};
/** What comes behind the start, with all that it alone shares with dialogs: it must not have to wait for them. */
const REST = { name: 'rest', test: /app.views.page.rest\.ts/ };
/** Small dialogs with the words that they share: each alone is hardly more than what a script costs by itself. */
const DIALOGS = { name: 'dialogs', test: /app.(views.((keys|palette|sharing).|steps.breakpoints-panel)|text.finder)/ };
/** What reads a cluster or a scenario, in the engine: loaded with the first of them. */
const READERS = /engine.(kube-ovn.(read|kube-proxy.ip|rules.generate|node|interfaces|routes|ovn|portmap|order|sha512|tables)|scenario.(scenario|format)|trace.(format|verdict))/;
/** All else that the worker needs is one script: another beside it would be asked for only when the first has come. */
const WORKER = { name: 'worker', tags: ['$initial' as const], test: (id: string) => !READERS.test(id) };

const notices = licenses();

export default defineConfig(({ isSsrBuild }) => ({
  // Relative addresses: the built page can live in any folder of any server.
  base: './',
  plugins: isSsrBuild ? [notices.ofBuild] : [react(), pureD3(), withoutManual(), inlineStyles(), earlyChunks(), embedServer(), notices.ofBuild, scriptHashes(), offline()],
  server: { open: atDesktop },
  preview: { open: false },
  worker: {
    format: 'es',
    rolldownOptions: { treeshake, output: { ...output, codeSplitting: { includeDependenciesRecursively: false, groups: [WORKER] } } },
    plugins: () => [withoutManual(), notices.ofWorker],
  },
  build: {
    target: 'es2023',
    // Browsers without `modulepreload` load the same a little later.
    modulePreload: { polyfill: false },
    outDir: isSsrBuild ? 'dist/cli' : 'dist/page',
    emptyOutDir: true,
    copyPublicDir: !isSsrBuild,
    ...(!isSsrBuild && { rolldownOptions: { treeshake, output: { ...output, codeSplitting: { groups: [TWO_FOR_THE_START, REST, DIALOGS] } } } }),
  },
  // One self-contained file: the installed command needs no node_modules.
  ssr: { noExternal: true, external: ['playwright-core'] },
  test: {
    reporters: ['default', ['json', { outputFile: '.cache/vitest.json' }]],
    coverage: { include: ['engine/**', 'app/**'] },
    // The groups run one after the other: the kernel's clock is not to be shared with busy neighbours.
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/app/**', 'test/kernel/**', 'test/browser/**'],
          // The engine and the command line keep nothing between two calls, so files may share what they import: reading it anew for each takes longer than the tests.
          isolate: false,
          maxWorkers: '100%',
          // A guard against what hangs, not a measure: machines are slow and shared.
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'app',
          include: ['test/app/**/*.test.{ts,tsx}'],
          // The page remembers: each file gets a page of its own. A thread begins sooner than a process.
          pool: 'threads',
          maxWorkers: '100%',
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          pool: 'forks',
          isolate: false,
          maxWorkers: 2,
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
          // They share a browser, not a page.
          isolate: false,
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
}));
