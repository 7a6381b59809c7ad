/**
 * Parts that show another large node a turn after the verdict. Drawn anew in one task, the whole page would keep a slow processor busy for longer
 * than a key may wait; so what is read first changes first, and until its turn each other part stays whole as it was.
 */

import { type ReactNode, useState } from 'react';
import type { App } from '../../store/store.ts';
import { AppProvider, useApp } from './app-context.ts';
import { inTurn } from './in-turn.ts';

/** `turn`: how many tasks later, from 1. */
export function Later({ turn, children }: { turn: number; children: ReactNode }): ReactNode {
  const app = useApp();
  const [later] = useState((): App => ({ ...app, store: inTurn(app.store, turn) }));
  return <AppProvider app={later}>{children}</AppProvider>;
}
