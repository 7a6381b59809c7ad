/**
 * Parts of the page whose code comes in a chunk of its own, beside the page's or behind it. Where there is room for them at
 * once, the page waits for it, and its HTML asks for both together; on a phone, which shows none of them at first, the chunk
 * comes while the first step is read. What is seen only by whoever asks for it is in another, which comes behind it. Each part
 * has its place before: nothing moves when it comes.
 */

import { lazy, memo, Suspense, useState } from 'react';
import { useWords } from './app-context.ts';
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

/** Asks for a chunk. Where it cannot be had it is asked for again after a while: its parts have their places, and wait. */
function chunk<Module>(load: () => Promise<Module>) {
  let asked: Promise<Module> | null = null;
  let here: Module | null = null;
  async function fetchIt(): Promise<Module> {
    try {
      here = await load();
      return here;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
      return fetchIt();
    }
  }
  const bring = (): Promise<Module> => {
    asked ??= fetchIt();
    return asked;
  };
  function part<Props extends object>(of: (all: Module) => React.ComponentType<Props>, place?: string): React.ComponentType<Props> {
    const Late = lazy(() => bring().then((all) => ({ default: of(all) }))) as unknown as React.ComponentType<Props>;
    return memo((props: Props): React.ReactNode => {
      // What is here is drawn with the parts around it. One that had to be waited for stays the one it is.
      const [Part] = useState(() => (here ? of(here) : Late));
      return (
        <Suspense fallback={place && <Coming place={place} />}>
          <Part {...props} />
        </Suspense>
      );
    }) as unknown as React.ComponentType<Props>;
  }
  return { bring, part };
}

/** In milliseconds. */
const AGAIN = 2000;
/** How long after all that is shown at first the parts are brought that a person may ask for, in milliseconds. */
const AHEAD = 3000;

/** The place of a part that is on its way; if it takes long, it says so. */
function Coming({ place }: { place: string }): React.ReactNode {
  const words = useWords();
  return (
    <div className={place}>
      <p className="coming muted">{words.verdict.running}</p>
    </div>
  );
}

const { bring: bringRest, part } = chunk(() => import('./rest.ts'));
const { bring: bringAsked, part: askedPart } = chunk(() => import('./asked.ts'));

/** The parts that a page with room shows at first. */
export function bringParts(): Promise<unknown> {
  const rest = bringRest();
  void rest.then(() => setTimeout(() => void bringAsked(), AHEAD));
  return rest;
}

export const Chains = askedPart((all) => all.Chains, 'rules-coming');
export const Copies = part((all) => all.Copies);
export const PacketBody = part((all) => all.PacketBody, 'packet-body');
export const Path = part((all) => all.Path, 'path');
export const RuleProblems = part((all) => all.RuleProblems);
export const SetEntries = askedPart((all) => all.SetEntries, 'rules-coming');
export const SourceText = askedPart((all) => all.SourceText, 'rules-coming');
export const Start = part((all) => all.Start);
export const StatePanel = part((all) => all.StatePanel, 'state');
export const Why = part((all) => all.Why, 'why');
