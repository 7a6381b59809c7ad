/** The head of a figure: the fate of the packet in words, what led to it, why it is not another, and the way to the whole page. */

import { useMemo } from 'react';
import { writeLink } from '../share/link.ts';
import { evidenceOf, fateOf } from '../store/fate.ts';
import { isOutdated } from '../store/late.ts';
import type { State } from '../store/state.ts';
import { embedWords } from '../text/embed.ts';
import { useCurrent, useView, useWords } from '../views/page/app-context.ts';
import { Causes } from '../views/verdict/causes.tsx';
import { FATE_GLYPH, fateText } from '../views/verdict/fate-words.ts';
import { VerdictNote } from '../views/verdict/verdict-note.tsx';
import { WhyNotButton } from '../views/verdict/why-not-button.tsx';
import '../views/verdict/verdict.css';

/** `asks`: here is where *Why not…?* is asked. */
export function Head({ openFull, asks }: { openFull: (link: string) => void; asks: boolean }): React.ReactNode {
  const words = useWords();
  const { trace } = useCurrent();
  const outdated = useView(isOutdated);
  const fate = useMemo(() => trace && fateOf(trace), [trace]);
  const evidence = useMemo(() => trace && evidenceOf(trace), [trace]);
  const text = fate && fateText(fate, words);
  return (
    <section className="embed-head" aria-labelledby="verdict-title" data-fate={fate?.class ?? 'neutral'} data-stale={outdated}>
      <h2 id="verdict-title" className="sr-only">
        {words.regions.verdict}
      </h2>
      <div className="embed-verdict">
        <p className="embed-verdict-text" data-testid="verdict">
          {text && fate ? (
            <>
              <span className="still-glyph" aria-hidden="true">
                {FATE_GLYPH[fate.class]}
              </span>
              <strong className="embed-verdict-word">{text.word}</strong>
              {text.rest !== '' && `${words.verdict.colon}${text.rest}`}
            </>
          ) : (
            <strong>{words.verdict.none}</strong>
          )}
        </p>
        <VerdictNote fate={fate} />
      </div>
      <OpenFull openFull={openFull} />
      <div className="embed-because">
        {evidence && <Causes causes={evidence.causes} />}
        {asks && <WhyNotButton />}
      </div>
    </section>
  );
}

function OpenFull({ openFull }: { openFull: (link: string) => void }): React.ReactNode {
  const words = embedWords(useView((state) => state.settings.language));
  const link = useView(fullLink);
  return (
    <a className="button open-full" href={`../index.html${link}`} target="_blank" rel="noopener" title={words.openFullHint} onClick={() => openFull(link)}>
      <span className="open-full-text">{words.openFull}</span>
      <span aria-hidden="true">↗</span>
    </a>
  );
}

/** The link of the page, and the theme where the host has chosen one. */
function fullLink(state: State): string {
  const { theme } = state.settings;
  return `${writeLink(state)}${theme === 'auto' ? '' : `&theme=${theme}`}`;
}
