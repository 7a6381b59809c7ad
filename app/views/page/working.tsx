/** What takes longer than a moment says so, and can be ended. */

import { useApp, useWords } from './app-context.ts';
import { useLate } from './late.ts';

export function Working(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  if (!useLate()) return null;
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
