/**
 * How high an embed is for a width: the same for every step, so that stepping never moves the text around the figure.
 * The panels scroll inside their slots; the slots do not depend on what stands in them.
 */

/** From this width on rules and reasons stand side by side. */
export const WIDE = 600;

/** Whole pixels. */
export function heightFor(width: number): number {
  return width >= WIDE ? 480 : 560;
}
