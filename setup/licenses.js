/** Who passes a library on passes its notice on: beside what is built stand the licences of all packages in it. */

import { readdirSync, readFileSync } from 'node:fs';

const FILE = 'licenses.txt';
/** The package that a module is of: its folder, and its name. */
const PACKAGE = /^(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))[\\/]/;

/**
 * Plugins for the workers of a build and for what has them, which is written after they are bundled.
 * @returns {{ ofWorker: import('vite').Plugin, ofBuild: import('vite').Plugin }}
 */
export function licenses() {
  /** Name to folder.
   * @type {Map<string, string>} */
  const found = new Map();
  const collect = (/** @type {import('vite').Rolldown.OutputBundle} */ bundle) => {
    for (const part of Object.values(bundle))
      for (const id of part.type === 'chunk' ? part.moduleIds : []) {
        const [, folder, name] = PACKAGE.exec(id) ?? [];
        if (folder && name) found.set(name.replaceAll('\\', '/'), folder);
      }
  };
  return {
    ofWorker: { name: 'packetwalk:packages-of-worker', generateBundle: (_, bundle) => collect(bundle) },
    ofBuild: {
      name: 'packetwalk:licenses',
      generateBundle(_, bundle) {
        collect(bundle);
        const notices = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(notice);
        if (notices.length > 0) this.emitFile({ type: 'asset', fileName: FILE, source: `${notices.join(`\n\n${'-'.repeat(72)}\n\n`)}\n` });
      },
    },
  };
}

/** @param {[name: string, folder: string]} one */
function notice([name, folder]) {
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} ${version} (${license}) is bundled and has no licence file: add its notice by hand in setup/licenses.js`);
  return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}`;
}
