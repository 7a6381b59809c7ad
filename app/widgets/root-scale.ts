/**
 * How large the reader has letters by default, against the 16 pixels that browsers come with. The styles measure in rem and follow
 * by themselves; what is laid out by script measures as if they were 16 pixels, and is enlarged here.
 */

const USUAL = 16;
let known: number | undefined;

/** 1 where nothing else was chosen, 1.5 for letters of 24 pixels. Asked once: styles would be looked up anew each time. */
export function rootScale(): number {
  known ??= Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL || 1;
  return known;
}

/** A length for a style: of so many pixels where letters have 16. */
export function rem(pixels: number): string {
  return `${pixels / USUAL}rem`;
}
