/** A box that scrolls by itself. It can be reached by keyboard, so that what is out of view can be scrolled to. */

import type { ComponentProps } from 'react';

export function ScrollBox({ children, ...rest }: ComponentProps<'div'>): React.ReactNode {
  return (
    // A fieldset groups controls; this groups whatever is in it. It is no control, yet must take the focus to be scrolled.
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/noNoninteractiveTabindex: see above
    <div role="group" tabIndex={0} {...rest}>
      {children}
    </div>
  );
}
