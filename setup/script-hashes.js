/**
 * The built page runs no script but its own: those in its HTML are named by their hashes in its policy, and any other, as one that a
 * text of a person's files would bring, is refused by the browser. While one works on the page Vite puts scripts of its own into it.
 */

import { createHash } from 'node:crypto';

const ANY_INLINE = "script-src 'self' 'unsafe-inline'";

/** Behind all plugins that change scripts in the HTML.
 * @returns {import('vite').Plugin} */
export function scriptHashes() {
  return {
    name: 'packetwalk-script-hashes',
    apply: 'build',
    enforce: 'post',
    transformIndexHtml: {
      order: 'post',
      handler(html) {
        if (!html.includes(ANY_INLINE)) throw new Error(`index.html has no policy with ${ANY_INLINE}`);
        const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
        return html.replace(ANY_INLINE, () => ["script-src 'self'", ...scripts].join(' '));
      },
    },
  };
}
