/** Rules and sets, and for each a scenario in which it fires and one in which it just misses, in both families. */

import { setOfRow, type Gallery, type GalleryRow, type RowSighting } from '../../store/gallery.ts';
import type { FinderWords } from '../../text/finder.ts';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { useView } from '../page/app-context.ts';

export function Rows({
  gallery,
  rows,
  words,
  choose,
}: {
  gallery: Gallery;
  rows: readonly GalleryRow[];
  words: FinderWords;
  choose: (id: string, packet: number, set: string | null) => void;
}): React.ReactNode {
  const language = useView((state) => state.settings.language);
  return (
    <ScrollBox className="gallery-scroll" aria-label={words.gallery.part.rules({ count: rows.length })}>
      <ul className="gallery-rows">
        {rows.map((row) => (
          <li key={row.id} className="gallery-row">
            <span className="gallery-row-id mono">{row.id}</span>
            <span className="gallery-row-title">{row.title[language]}</span>
            {(['fires', 'misses'] as const).map((answer) => (
              <Sightings key={answer} gallery={gallery} row={row} answer={answer} words={words} choose={choose} />
            ))}
          </li>
        ))}
      </ul>
    </ScrollBox>
  );
}

function Sightings({
  gallery,
  row,
  answer,
  words,
  choose,
}: {
  gallery: Gallery;
  row: GalleryRow;
  answer: RowSighting['answer'];
  words: FinderWords;
  choose: (id: string, packet: number, set: string | null) => void;
}): React.ReactNode {
  const language = useView((state) => state.settings.language);
  const sightings = row.sightings.filter((one) => one.answer === answer);
  const reasons = new Set(sightings.flatMap(({ none }) => (none ? [none[language]] : [])));
  return (
    <span className="gallery-sightings">
      {sightings.some(({ scenario }) => scenario !== null) && <span className="muted">{words.gallery.answer[answer]}</span>}
      {sightings.map(({ family, scenario, packet }) => {
        const found = gallery.scenarios.find(({ id }) => id === scenario);
        if (!found) return null;
        const name = words.gallery.families[family];
        return (
          <button
            key={family}
            type="button"
            className="link"
            aria-label={words.gallery.sighting({ row: row.id, answer: words.gallery.answer[answer], family: name, title: found.title[language] })}
            title={found.title[language]}
            onClick={() => choose(found.id, packet, setOfRow(row, family))}
          >
            {name}
          </button>
        );
      })}
      {[...reasons].map((reason) => (
        <span key={reason} className="muted small gallery-reason">
          {words.gallery.none({ answer: words.gallery.answer[answer], reason })}
        </span>
      ))}
    </span>
  );
}
