/**
 * What the embed is made of: the loader, the embed's own script, the engine it loads when a packet is changed or a question is
 * asked, what draws a picture for the host, what each scenario shows, and still pictures of each. The build writes it (setup/embed.js), the development
 * server hands it out (setup/embed-server.js).
 *
 * Everything is a classic script: in a sandboxed frame, whose origin is opaque, module scripts and fetch fail.
 */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { withoutManual } from './without-manual.js';
import { pureD3 } from './pure-d3.js';

const scratch = '.cache/embed';
let made = 0;

/** One script of one entry, and the styles it imports. */
async function bundle(/** @type {string} */ entry) {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [react(), pureD3(), withoutManual()],
    resolve: { alias: { 'ip-address': resolve('app/embed/ip-address.ts') } },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2023',
      modulePreload: false,
      copyPublicDir: false,
      lib: { entry, formats: ['iife'], name: 'packetwalkUnused', fileName: 'script', cssFileName: 'style' },
      rolldownOptions: { treeshake: { moduleSideEffects: (id) => !id.includes('/engine/') }, output: { codeSplitting: false, comments: false } },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []));
  const code = outputs.find((one) => one.type === 'chunk')?.code;
  const style = outputs.find((one) => one.type === 'asset' && one.fileName.endsWith('.css'));
  if (code === undefined) throw new Error(`${entry}: no script came of it`);
  return { code, style: style && 'source' in style ? String(style.source) : '' };
}

/** A script that stands in HTML must not hold the end tag of one. */
const inHtml = (/** @type {string} */ code) => code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');

/** Every file by its path from the embed's folder, and what the HTML says of each scenario. */
export async function makeEmbed() {
  await build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: { ssr: 'app/embed/prepare.ts', outDir: scratch, emptyOutDir: true, copyPublicDir: false, target: 'es2023' },
  });
  // The number makes it another module: made again, it is not the one of before.
  const { prepare } = await import(`${pathToFileURL(resolve(scratch, 'prepare.js')).href}?${made++}`);
  const { files, headlines } = prepare((/** @type {string} */ address) => readFileSync(join('public', address), 'utf8'));
  const [main, boot, loader, engine, picture] = [
    await bundle('app/embed/main.tsx'),
    await bundle('app/embed/boot.ts'),
    await bundle('app/embed/loader.ts'),
    await bundle('app/embed/engine-main.ts'),
    await bundle('app/embed/picture-main.ts'),
  ];
  /** @type {Map<string, string>} */
  const all = new Map(files.map((/** @type {{ path: string, text: string }} */ { path, text }) => [path, text]));
  all.set('embed.js', main.code);
  all.set('loader.js', loader.code);
  all.set('picture.js', picture.code);
  // The engine is a function of its surroundings: called here, or as text the script of a worker.
  all.set('engine.js', `packetwalkEngine=function(packetwalkScope){${engine.code}\n}\n`);
  all.set('figures.json', `${JSON.stringify(headlines, null, 1)}\n`);
  const shell = readFileSync('app/embed/embed.html', 'utf8');
  const lines = Object.fromEntries(Object.entries(headlines).map(([id, { title, class: kind, verdict }]) => [id, [kind, verdict.en, verdict.zh, title.en, title.zh]]));
  all.set(
    'index.html',
    shell
      .replace('/* style */', () => main.style + boot.style)
      .replace('/* headlines */', () => inHtml(`packetwalkHeadlines=${JSON.stringify(lines)}`))
      .replace('/* boot */', () => inHtml(boot.code)),
  );
  return { files: all, scenarios: Object.keys(headlines).length };
}
