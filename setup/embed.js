/** Builds the embed next to the page, in dist/page/embed: `node setup/embed.js`, after `vite build`. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeEmbed } from './embed-parts.js';

const out = 'dist/page/embed';
const { files, scenarios } = await makeEmbed();
for (const [path, text] of files) {
  const file = join(out, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
console.log(`embed: ${scenarios} scenarios in ${out}`);
