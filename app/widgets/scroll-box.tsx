/** A box that scrolls by itself. It can be reached by keyboard, so that what is out of view can be scrolled to. */

import { useLayoutEffect, useRef, type ComponentProps } from 'react';

export function ScrollBox({ children, ...rest }: ComponentProps<'div'>): React.ReactNode {
  return (
    // A fieldset groups controls; this groups whatever is in it. It is no control, yet must take the focus to be scrolled.
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/noNoninteractiveTabindex: see above
    <div role="group" tabIndex={0} {...rest}>
      {children}
    </div>
  );
}

interface PageOf {
  /** What it shows: another thing begins at its top. */
  readonly of: string;
  /** Which part of it is looked at, and is to be in view: the element with `data-part="now"`. Null: none. */
  readonly at: number | null;
}

/** One that shows one thing after the other. */
export function ScrollPages({ of, at, ...rest }: ComponentProps<'div'> & PageOf): React.ReactNode {
  const box = useRef<HTMLDivElement>(null);
  // To ask the box itself would lay the page out in the middle of a step.
  const scrolled = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it begins at its top because there is another thing in it
  useLayoutEffect(() => {
    if (scrolled.current && box.current) box.current.scrollTop = 0;
  }, [of]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: of another thing another element is the part
  useLayoutEffect(() => {
    const wanted = at === null ? null : box.current?.querySelector('[data-part="now"]')?.getBoundingClientRect();
    const frame = wanted && box.current?.getBoundingClientRect();
    if (!wanted || !frame || !box.current) return;
    // Not `scrollIntoView`: that would move the page around it, too.
    if (wanted.bottom > frame.bottom) box.current.scrollTop += Math.min(wanted.bottom - frame.bottom, wanted.top - frame.top);
    else if (wanted.top < frame.top) box.current.scrollTop -= frame.top - wanted.top;
  }, [of, at]);
  return (
    <ScrollBox
      ref={box}
      onScroll={({ currentTarget }) => {
        scrolled.current = currentTarget.scrollTop > 0;
      }}
      {...rest}
    />
  );
}
