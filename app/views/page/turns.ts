/**
 * Parts that come one after the other. Mounted in one task, the page would keep a slow processor busy for half a second; so what is read
 * first comes first, and after each part the browser paints and hears keys.
 */

import { startTransition, useEffect, useState } from 'react';

/** How many parts beside the first ones may be there by now, up to `last`; none is taken away again. */
export function useTurns(last: number): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (turn >= last) return;
    const timer = setTimeout(() => startTransition(() => setTurn(turn + 1)));
    return () => clearTimeout(timer);
  }, [turn, last]);
  return turn;
}
