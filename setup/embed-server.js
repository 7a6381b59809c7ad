/**
 * The embed while one works on the page: `npm start` hands it out under `/embed/`, and under `/site/` a docs page with figures
 * in it to try it on, and the pages *What is modelled*. The embed is made when it is first asked for, which takes some seconds, and anew after a change.
 */

import { makeEmbed } from './embed-parts.js';
import { makeModelled } from './modelled.js';

const TYPES = { html: 'text/html', js: 'text/javascript', json: 'application/json', svg: 'image/svg+xml' };

/** @returns {import('vite').Plugin} */
export function embedServer() {
  /** @type {Promise<Map<string, string>> | null} */
  let made = null;
  const files = () => {
    made ??= makeEmbed().then(
      (embed) => embed.files,
      (error) => {
        made = null;
        throw error;
      },
    );
    return made;
  };
  return {
    name: 'packetwalk-embed',
    apply: 'serve',
    configureServer(server) {
      server.watcher.on('change', (file) => {
        if (/[/\\](app|engine|public)[/\\]/.test(file)) made = null;
      });
      server.middlewares.use((request, response, next) => {
        const path = (request.url ?? '').split('?', 1)[0] ?? '';
        const give = (/** @type {string} */ text, /** @type {string} */ type) => {
          response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' });
          response.end(text);
        };
        if (path.startsWith('/site/'))
          server.ssrLoadModule('/test/browser/material-site.ts').then(({ html }) => give(html('/embed/', path.slice('/site'.length), '/site'), 'text/html'), next);
        else if (/^\/modelled(\.zh)?\.html$/.test(path)) makeModelled().then((all) => give(all.get(path.slice(1)) ?? '', 'text/html'), next);
        // The page asks early for the walk of its first scenario; where it must be made first, its own engine is faster.
        else if (path.startsWith('/embed/') && !(made === null && request.headers['sec-fetch-dest'] === 'empty'))
          files().then((all) => {
            const name = path.slice('/embed/'.length) || 'index.html';
            const text = all.get(name);
            if (text === undefined) next();
            else give(text, TYPES[/** @type {keyof typeof TYPES} */ (name.slice(name.lastIndexOf('.') + 1))] ?? 'text/plain');
          }, next);
        else next();
      });
    },
  };
}
