/**
 * Builds the page *What is modelled* next to the page, in both languages: `node setup/modelled.js`, after `vite build`. It is made of
 * the option tables and of docs/proved.json (npm run coverage), and asks nobody for anything.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';

const scratch = '.cache/modelled';

/** File names and what is in them. */
export async function makeModelled() {
  await build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: { ssr: 'app/text/modelled.ts', outDir: scratch, emptyOutDir: true, copyPublicDir: false, target: 'es2023' },
  });
  const { modelledPages } = await import(pathToFileURL(resolve(scratch, 'modelled.js')).href);
  return /** @type {ReadonlyMap<string, string>} */ (modelledPages((/** @type {string} */ file) => readFileSync(file, 'utf8')));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const out = 'dist/page';
  mkdirSync(out, { recursive: true });
  for (const [file, text] of await makeModelled()) writeFileSync(join(out, file), text);
  console.log(`what is modelled: ${out}/modelled.html, in English and Chinese`);
}
