/** What was worked on before, the newest first, and a button that forgets all of it. */

import { useEffect, useState } from 'react';
import { forgetRecent, listRecent, openRecent, type RecentEntry } from '../../actions/recent.ts';
import type { FinderWords } from '../../text/finder.ts';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { useApp, useView } from '../page/app-context.ts';

type Kept = readonly RecentEntry[] | 'loading' | 'unavailable' | 'forgotten';

export function Recent({ words, close }: { words: FinderWords; close: () => void }): React.ReactNode {
  const app = useApp();
  const [kept, setKept] = useState<Kept>('loading');
  const [gone, setGone] = useState(false);
  useEffect(() => {
    let left = false;
    listRecent().then(
      (entries) => !left && setKept(entries),
      () => !left && setKept('unavailable'),
    );
    return () => {
      left = true;
    };
  }, []);
  if (typeof kept === 'string' || kept.length === 0) {
    const text = kept === 'loading' ? words.loading : kept === 'unavailable' ? words.recent.unavailable : kept === 'forgotten' ? words.recent.forgotten : words.recent.empty;
    return (
      <p className="gallery-note muted" role="status">
        {text}
      </p>
    );
  }
  const forget = (): void => {
    forgetRecent().then(
      () => setKept('forgotten'),
      () => setKept('unavailable'),
    );
  };
  const open = (entry: RecentEntry): void => {
    openRecent(app, entry).then(
      (opened) => (opened ? close() : setGone(true)),
      () => setGone(true),
    );
  };
  return (
    <ScrollBox className="gallery-scroll" aria-label={words.gallery.part.recent}>
      <div className="recent-head">
        <p className="muted">{words.recent.intro}</p>
        <button type="button" className="button" onClick={forget}>
          {words.recent.forgetAll}
        </button>
      </div>
      {gone && <p role="status">{words.recent.gone}</p>}
      <ul>
        {kept.map((entry) => (
          <li key={entry.id}>
            <button type="button" className="recent-entry" onClick={() => open(entry)}>
              <RecentTitle entry={entry} words={words} />
            </button>
          </li>
        ))}
      </ul>
    </ScrollBox>
  );
}

function RecentTitle({ entry, words }: { entry: RecentEntry; words: FinderWords }): React.ReactNode {
  const language = useView((state) => state.settings.language);
  const example = useView((state) => state.scenario.examples?.find(({ id }) => id === entry.example) ?? null);
  const title = entry.example === null ? entry.files.join(', ') : words.recent.changed({ title: example?.title[language] ?? entry.example });
  const time = new Date(entry.time);
  return (
    <>
      <strong>{title}</strong>
      <span className="small muted recent-facts">
        <time dateTime={time.toISOString()}>{time.toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'medium', timeStyle: 'short' })}</time>
        <span className="mono">{entry.packet}</span>
        {entry.packets > 1 && <span>{words.gallery.packets({ count: entry.packets })}</span>}
      </span>
    </>
  );
}
