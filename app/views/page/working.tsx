/** What takes longer than a moment says so, and can be ended. */

import { useEffect, useState } from 'react';
import { useApp, useView, useWords } from './app-context.ts';

/** How long work may take without a word, in milliseconds. */
const QUIET = 200;

export function Working(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const running = useView((state) => state.answer.status === 'running');
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!running) return setLate(false);
    const timer = setTimeout(() => setLate(true), QUIET);
    return () => clearTimeout(timer);
  }, [running]);
  if (!running || !late) return null;
  return (
    <div className="notice working" role="status">
      <progress aria-label={words.notice.working} />
      <span>{words.notice.working}</span>
      <button type="button" className="button" onClick={() => app.cancel()}>
        {words.notice.cancel}
      </button>
    </div>
  );
}
