/** What takes longer than a moment says so, and can be ended. */

import { useLayoutEffect, useRef } from 'react';
import { isLate } from '../../store/late.ts';
import { useApp, useView, useWords } from './app-context.ts';
import { tellHeight } from './notice.tsx';

export function Working(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const late = useView(isLate);
  const box = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is there when work is late
  useLayoutEffect(() => {
    const before = box.current?.previousElementSibling;
    if (before instanceof HTMLElement && before.matches('.notice')) tellHeight(before);
  }, [late]);
  if (!late) return null;
  return (
    <div ref={box} className="notice working" role="status">
      <progress aria-label={words.notice.working} />
      <span>{words.notice.working}</span>
      <button type="button" className="button" onClick={() => app.cancel()}>
        {words.notice.cancel}
      </button>
    </div>
  );
}
