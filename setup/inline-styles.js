/**
 * Puts the styles that the page starts with into its HTML, behind the first line. As a file of their own they hold back the first paint, and
 * the scripts in the HTML with it, for one more request: on a slow network that is half a second before the verdict can be read.
 */

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
        return rest.replace('</body>', () => `${styles}</body>`);
      },
    },
  };
}
