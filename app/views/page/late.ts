/** Work that takes longer than a moment: only then is it worth a word. */

import { useEffect, useState } from 'react';
import { useView } from './app-context.ts';

/** How long work may take without a word, in milliseconds. */
const QUIET = 200;

/** True once the walk has been under way for longer than that, until it is done. */
export function useLate(): boolean {
  const running = useView((state) => state.answer.status === 'running');
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!running) return setLate(false);
    const timer = setTimeout(() => setLate(true), QUIET);
    return () => clearTimeout(timer);
  }, [running]);
  return running && late;
}

/** Is the verdict that is shown of another packet or file than those on the page, and not just for a moment? */
export function useOutdated(): boolean {
  const stale = useView((state) => state.answer.stale);
  const walking = useView((state) => state.answer.status === 'running');
  const late = useLate();
  return stale && (!walking || late);
}
