/** Which of the page's four arrangements fits: measured on the page's own box, so that an embed counts as a small page. */

import { useLayoutEffect, useState, type RefObject } from 'react';
import { rootScale } from '../../widgets/root-scale.ts';

export type Frame = 'desktop' | 'laptop' | 'tablet' | 'phone';

/** @param width as `useRoom` has it: where letters are larger there is less room in the same window. */
export function frameFor(width: number): Frame {
  return width >= 1340 ? 'desktop' : width >= 1100 ? 'laptop' : width >= 720 ? 'tablet' : 'phone';
}

/** `sure`: there is little doubt about the initial one, so that no layout is asked for to make sure before the browser makes one itself. */
export function useWidth(box: RefObject<HTMLElement | null>, initial: number, sure = false): number {
  const [width, setWidth] = useState(initial);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = (): void => setWidth(element.clientWidth);
    if (!sure) measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box, sure]);
  return width;
}

/** The same in pixels as they are where letters have 16 of them, like all that is compared with it. */
export function useRoom(box: RefObject<HTMLElement | null>, initial: number, sure = false): number {
  return useWidth(box, initial, sure) / rootScale();
}
