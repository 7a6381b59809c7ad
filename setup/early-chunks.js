/**
 * The HTML's own script asks early for chunks that the page's script would ask for late. It names their modules, as they are
 * while one works on the page; here each becomes the chunk that it is built into. The chunk of libraries runs as soon as it is
 * here, while the page's own is still on its way: both at once are a task that is felt.
 */

/** @returns {import('vite').Plugin} */
export function earlyChunks() {
  return {
    name: 'packetwalk-early-chunks',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const ready = html.replace(
          /<link rel="modulepreload"( crossorigin href="[^"]*\/libraries-[^"]+").*?>/,
          (_, /** @type {string} */ rest) => `<script type="module" async${rest.replace(' href=', ' src=')}></script>`,
        );
        return ready.replace(/(?<=<script>(?:(?!<\/script>).)*')\/(app\/[^']+\.tsx?)(?=')/gs, (_, /** @type {string} */ module) => {
          const chunk = Object.values(bundle).find((one) => one.type === 'chunk' && one.moduleIds.some((id) => id.endsWith(`/${module}`)));
          if (!chunk) throw new Error(`index.html asks early for ${module}: no chunk has it`);
          return `./${chunk.fileName}`;
        });
      },
    },
  };
}
