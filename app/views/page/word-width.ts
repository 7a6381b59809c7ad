/** How wide words are in the page's own font, before anything is laid out. */

const widths = new Map<string, number>();
let canvas: CanvasRenderingContext2D | null | undefined;

/** In pixels where letters have 16 of them, as large as `.row-title`: 0.75rem. No letter of a font is as wide as its widest. */
export function widthOf(word: string): number {
  let width = widths.get(word);
  if (width === undefined) {
    if (canvas === undefined) {
      canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
      const { fontFamily } = getComputedStyle(document.body);
      if (canvas) canvas.font = `12px ${fontFamily}`;
    }
    width = canvas?.measureText(word).width ?? word.length * 7;
    widths.set(word, width);
  }
  return width;
}
