/** What is fetched, compressed as a host does. */

import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { held, row } from './report.ts';

const FOLDER = 'dist/page';
const gzipped = (path: string): number => gzipSync(readFileSync(path), { level: 9 }).length / 1000;

export async function sizes(): Promise<void> {
  const html = readFileSync(`${FOLDER}/index.html`, 'utf8');
  // What the HTML's own script asks for comes to some: Chinese to who speaks it, the rest of the page where there is room for it.
  const tagged = new Set([...html.matchAll(/(?:src|href)="\.\/assets\/([^"]+)"/g)].map(([, name]) => name));
  const files = readdirSync(`${FOLDER}/assets`).map((name) => ({ name, size: gzipped(`${FOLDER}/assets/${name}`), first: tagged.has(name) }));
  for (const { name, size, first } of files.sort((a, b) => b.size - a.size)) row(`${name}${first ? ' (first load)' : ''}`, `${size.toFixed(1)} kB`);
  const sum = (of: (file: (typeof files)[number]) => boolean): number => files.filter(of).reduce((all, { size }) => all + size, 0);
  const script = ({ name }: { name: string }): boolean => name.endsWith('.js');
  held(
    'scripts of the first load on a phone, without the worker',
    sum((file) => script(file) && file.first),
    180,
    'kB',
    1,
  );
  held(
    'scripts of the first load on a desktop, without the worker',
    sum((file) => script(file) && (file.first || file.name.startsWith('rest-'))),
    180,
    'kB',
    1,
  );
  held(
    'the worker',
    sum((file) => file.name.startsWith('worker')),
    null,
    'kB',
    1,
  );
  held('all scripts', sum(script), 420, 'kB', 1);
  const inline = [...html.matchAll(/<style>(.*?)<\/style>/gs)].map(([, style = '']) => gzipSync(style, { level: 9 }).length / 1000);
  held('styles, with those in the HTML', inline.reduce((all, size) => all + size, 0) + sum((file) => !script(file)), 20, 'kB', 1);
}
