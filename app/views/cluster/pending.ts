/** A control shows at once what was done with it; the text has it a moment later. */

import { useState } from 'react';

/** What the control shows, and what to call when it changes. `write` resolves when `value` has it, or never will. */
export function usePending<T>(value: T, write: (value: T) => Promise<void>): readonly [T, (value: T) => void] {
  const [pending, setPending] = useState<{ readonly value: T } | null>(null);
  const change = (next: T): void => {
    const mine = { value: next };
    setPending(mine);
    write(next).finally(() => setPending((now) => (now === mine ? null : now)));
  };
  return [pending ? pending.value : value, change];
}
