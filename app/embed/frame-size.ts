/**
 * How high an embed is for a width: the same for every step, so that stepping never moves the text around the figure.
 * The panels scroll inside their slots; the slots do not depend on what stands in them.
 */

/** From this width on rules and reasons stand side by side: with all 32 bits of a mark in view. In pixels, with the border. */
export const WIDE = 680;

/** Whole pixels. `panels`, `controls`: as they stand in the address. A figure without lists is as high as what is in it. */
export function heightFor(width: number, panels = '', controls = ''): number {
  const wide = width >= WIDE;
  if (/rules|why/.test(panels) || !/path|bits/.test(panels)) return wide ? 480 : 560;
  return (wide ? 88 : 154) + (/path/.test(panels) ? 57 : 0) + (/bits/.test(panels) ? 120 : 0) + (controls === 'none' ? 0 : 52);
}
