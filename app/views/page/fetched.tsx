/** A part whose code is fetched when it is first asked for. Where that cannot be had the asking is taken back, and said to be in vain: the next one tries again. */

import { useEffect, useState } from 'react';
import { useApp } from './app-context.ts';

/** `load` must stay the same function. */
export function Fetched<P extends object>({
  load,
  props,
  meanwhile = null,
  giveUp,
}: {
  readonly load: () => Promise<React.ComponentType<P>>;
  readonly props: P;
  readonly meanwhile?: React.ReactNode;
  /** Takes the asking back; left out: nobody asked, and nothing is said. */
  readonly giveUp?: () => void;
}): React.ReactNode {
  const app = useApp();
  const [Part, setPart] = useState<React.ComponentType<P> | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: how it is given up does not change what is fetched
  useEffect(() => {
    let gone = false;
    load().then(
      (loaded) => {
        if (!gone) setPart(() => loaded);
      },
      () => {
        if (gone || !giveUp) return;
        giveUp();
        app.say({ kind: 'not-fetched', detail: '' });
      },
    );
    return () => {
      gone = true;
    };
  }, [load, app]);
  return Part ? <Part {...props} /> : meanwhile;
}
