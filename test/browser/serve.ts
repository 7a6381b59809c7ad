/** Serves the built page on a free port for the whole run and hands the tests its address: `inject('address')`. */

import { existsSync } from 'node:fs';
import { preview } from 'vite';
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the page, with the final slash. */
    address: string;
  }
}

export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync('dist/page/index.html')) throw new Error('no dist/page/index.html: run "npm run build" before the browser tests');
  const server = await preview({ preview: { port: 0, host: '127.0.0.1', open: false }, logLevel: 'warn' });
  const address = server.resolvedUrls?.local[0];
  if (!address) throw new Error('the preview server gave no address');
  project.provide('address', address);
  return () => server.close();
}
