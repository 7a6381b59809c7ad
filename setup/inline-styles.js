/**
 * Puts the styles that the page starts with into its HTML, behind the first line. As a file of their own they hold back the first paint, and
 * the scripts in the HTML with it, for one more request: on a slow network that is half a second before the verdict can be read.
 * Styles of chunks that come later have the last word, as they have while one works on the page: Vite puts them into the head,
 * before these; here they come behind them.
 */

/** What Vite's loader of chunks says when it puts their styles into the page. */
const INTO_HEAD = 'document.head.appendChild(';

/** @returns {import('vite').Plugin} */
export function inlineStyles() {
  return {
    name: 'packetwalk-inline-styles',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        let styles = '';
        const rest = html.replace(/[ \t]*<link rel="stylesheet"[^>]* href="(?:\.\/)?([^"]+\.css)">\n?/g, (link, /** @type {string} */ file) => {
          const style = bundle[file];
          if (style?.type !== 'asset') return link;
          const text = String(style.source);
          // Addresses in it are meant from where the file is, and an end tag would end the element.
          if (/url\((?!["']?(data:|#))|<\/style/i.test(text)) return link;
          // A chunk that is loaded later may name it among its own styles.
          const named = Object.values(bundle).some((one) => one.type === 'chunk' && one.code.includes(/** @type {string} */ (file.split('/').pop())));
          if (!named) delete bundle[file];
          styles += `<style>${text.trim()}</style>\n`;
          return '';
        });
        if (styles === '') return rest;
        const loader = Object.values(bundle).find((one) => one.type === 'chunk' && one.code.includes(INTO_HEAD));
        if (loader?.type !== 'chunk') throw new Error(`no chunk says ${INTO_HEAD}: styles that come later would lose to those in the HTML`);
        loader.code = loader.code.replaceAll(INTO_HEAD, INTO_HEAD.replace('head', 'body'));
        return rest.replace('</body>', () => `${styles}</body>`);
      },
    },
  };
}
