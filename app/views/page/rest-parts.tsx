/**
 * Parts of the page whose code comes in a chunk of its own, beside the page's or behind it. Where there is room for them at
 * once, the page waits for it, and its HTML asks for both together; on a phone, which shows none of them at first, the chunk
 * comes while the first step is read. Each part has its place before: nothing moves when it comes.
 */

import { lazy, memo, Suspense, useState } from 'react';
// Their styles are those of the page: they come with it.
import '../packet/packet.css';
import '../packet/packet-list.css';
import '../path/path.css';
import '../rules/start.css';
import '../state/state.css';
import '../why/copies.css';
import '../why/purpose.css';
import '../why/way-out.css';
import '../why/why.css';
import '../why-not/why-not.css';
import '../../widgets/bit-grid.css';
import '../../widgets/combobox.css';
import type * as rest from './rest.ts';

type Rest = typeof rest;
let asked: Promise<Rest> | null = null;
let here: Rest | null = null;

/** Asks for the chunk. Where it cannot be had it is asked for again after a while: its parts have their places, and wait. */
export function bringRest(): Promise<Rest> {
  asked ??= fetchRest();
  return asked;
}

async function fetchRest(): Promise<Rest> {
  try {
    here = await import('./rest.ts');
    return here;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    return fetchRest();
  }
}

/** In milliseconds. */
const AGAIN = 2000;

function part<Props extends object>(of: (all: Rest) => React.ComponentType<Props>, place?: string): React.ComponentType<Props> {
  const Late = lazy(() => bringRest().then((all) => ({ default: of(all) }))) as unknown as React.ComponentType<Props>;
  return memo((props: Props): React.ReactNode => {
    // What is here is drawn with the parts around it. One that had to be waited for stays the one it is.
    const [Part] = useState(() => (here ? of(here) : Late));
    return (
      <Suspense fallback={place && <div className={place} />}>
        <Part {...props} />
      </Suspense>
    );
  }) as unknown as React.ComponentType<Props>;
}

export const Chains = part((all) => all.Chains);
export const Copies = part((all) => all.Copies);
export const PacketBody = part((all) => all.PacketBody, 'packet-body');
export const Path = part((all) => all.Path, 'path');
export const RuleProblems = part((all) => all.RuleProblems);
export const SetEntries = part((all) => all.SetEntries);
export const SourceText = part((all) => all.SourceText);
export const Start = part((all) => all.Start);
export const StatePanel = part((all) => all.StatePanel, 'state');
export const Why = part((all) => all.Why, 'why');
