/** What happened, in a line above the controls. In a figure nothing can be taken back, so there is nothing to choose: it goes by itself, or is put away. */

import { useApp, useView, useWords } from '../views/page/app-context.ts';
import { noticeText, useFading } from '../views/page/notice.tsx';
import { Icon } from '../widgets/icon.tsx';

export function Notice(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const language = useView((state) => state.settings.language);
  const notice = useView((state) => state.notice);
  useFading(notice);
  if (!notice) return null;
  return (
    <aside className="notice" aria-label={words.notice.title}>
      <span>{noticeText(notice, language)}</span>
      <button type="button" className="button" aria-label={words.notice.dismiss} onClick={() => app.say(null)}>
        <Icon name="remove" />
      </button>
    </aside>
  );
}
