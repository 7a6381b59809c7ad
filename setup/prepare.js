/**
 * npm's `prepare`: builds the command line, the library and the schemas after `npm install`, so that `npx packetwalk` works in a
 * checkout. Without the build tools (`npm ci --omit=dev`) there is nothing to build with. A source that does not build must not
 * keep anyone from installing what it takes to mend it: that is said, and no more; `npm pack` and `npm test` are strict. For
 * `npm pack` and `npm publish` they are there already: `prepack` has built them.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const isPacking = /^(pack|publish)$/.test(process.env.npm_command ?? '');
if (!isPacking && existsSync('node_modules/vite') && existsSync('node_modules/typescript')) {
  const npm = process.env.npm_execpath;
  const args = ['run', '--silent', 'build:tools'];
  const done = npm ? spawnSync(process.execPath, [npm, ...args], { stdio: 'inherit' }) : spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (done.status !== 0) console.warn('packetwalk: the command line could not be built; "npm run build" says why');
}
