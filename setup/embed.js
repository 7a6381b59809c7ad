/**
 * Builds the embed next to the page, in dist/page/embed: the loader, the embed's own script, the engine it loads when a
 * packet is changed, what each scenario shows, and a still picture of each. `node setup/embed.js`, after `vite build`.
 *
 * Everything is a classic script: in a sandboxed frame, whose origin is opaque, module scripts and fetch fail.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

const out = 'dist/page/embed';
const scratch = '.cache/embed';

/** One script of one entry, and the styles it imports. */
async function bundle(/** @type {string} */ entry) {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    define: { 'process.env.NODE_ENV': '"production"' },
    resolve: { alias: { 'ip-address': resolve('app/embed/ip-address.ts') } },
    build: {
      write: false,
      target: 'es2023',
      modulePreload: false,
      copyPublicDir: false,
      lib: { entry, formats: ['iife'], name: 'packetwalkUnused', fileName: 'script', cssFileName: 'style' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []));
  const code = outputs.find((one) => one.type === 'chunk')?.code;
  const style = outputs.find((one) => one.type === 'asset' && one.fileName.endsWith('.css'));
  if (code === undefined) throw new Error(`${entry}: no script came of it`);
  return { code, style: style && 'source' in style ? String(style.source) : '' };
}

function write(/** @type {string} */ path, /** @type {string} */ text) {
  const file = join(out, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** A script that stands in HTML must not hold the end tag of one. */
const inHtml = (/** @type {string} */ code) => code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');

await build({
  configFile: false,
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: { ssr: 'app/embed/prepare.ts', outDir: scratch, emptyOutDir: true, copyPublicDir: false, target: 'es2023' },
});
const { prepare } = await import(pathToFileURL(resolve(scratch, 'prepare.js')).href);
const { files, headlines } = prepare((/** @type {string} */ address) => readFileSync(join('public', address), 'utf8'));
for (const { path, text } of files) write(path, text);

const [main, boot, loader, engine] = [
  await bundle('app/embed/main.tsx'),
  await bundle('app/embed/boot.ts'),
  await bundle('app/embed/loader.ts'),
  await bundle('app/embed/engine-main.ts'),
];
write('embed.js', main.code);
write('loader.js', loader.code);
// The engine is a function of its surroundings: called here, or as text the script of a worker.
write('engine.js', `packetwalkEngine=function(packetwalkScope){${engine.code}\n}\n`);
write('figures.json', `${JSON.stringify(headlines, null, 1)}\n`);

const shell = readFileSync('app/embed/embed.html', 'utf8');
const lines = Object.fromEntries(Object.entries(headlines).map(([id, { title, class: kind, verdict }]) => [id, [kind, verdict.en, verdict.zh, title.en, title.zh]]));
write(
  'index.html',
  shell
    .replace('/* style */', () => main.style + boot.style)
    .replace('/* headlines */', () => inHtml(`packetwalkHeadlines=${JSON.stringify(lines)}`))
    .replace('/* boot */', () => inHtml(boot.code)),
);
console.log(`embed: ${Object.keys(headlines).length} scenarios in ${out}`);
