/**
 * Builds app/service-worker.ts, and tells it what to keep: everything that the page is made of, and the files of all scenarios, in one piece,
 * since several hundred requests for as many small texts would take longer than their content.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { minify, transformWithOxc } from 'vite';

const SOURCE = 'app/service-worker.ts';
const EXAMPLES = 'public/examples';
const PACK = 'offline.json';
/** What of public/ the page shows beside scenarios. */
const PUBLIC = ['icon.svg', 'manifest.webmanifest'];

/** @returns {import('vite').Plugin} */
export function offline() {
  return {
    name: 'packetwalk-offline',
    apply: 'build',
    enforce: 'post',
    // Behind all that still changes what is built.
    generateBundle: {
      order: 'post',
      async handler(_, bundle) {
        const names = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(json|yaml|snapshot)$/.test(name));
        const texts = Object.fromEntries(names.sort().map((name) => [`examples/${name.replaceAll('\\', '/')}`, readFileSync(`${EXAMPLES}/${name}`, 'utf8')]));
        const pack = JSON.stringify(texts);
        const assets = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
        const page = bundle['index.html'];
        if (page?.type !== 'asset') throw new Error('the build has no index.html that could be kept for use without a network');
        // The names of assets are their content.
        const contents = [...assets, String(page.source), pack, ...PUBLIC.map((name) => readFileSync(`public/${name}`, 'utf8'))];
        const version = createHash('sha256').update(contents.join('\0')).digest('hex').slice(0, 12);
        const kept = JSON.stringify({ version, files: ['./', ...PUBLIC, ...assets.sort()], pack: PACK });
        const source = readFileSync(SOURCE, 'utf8').replace(/declare const OFFLINE:.*;/, () => `const OFFLINE = ${kept};`);
        const { code } = await minify(SOURCE, (await transformWithOxc(source, SOURCE)).code);
        this.emitFile({ type: 'asset', fileName: PACK, source: pack });
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source: code });
      },
    },
  };
}
