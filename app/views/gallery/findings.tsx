/** What was found on Kube-OVN's gateways, whether a kernel bears it out, and the scenarios that show it. */

import type { Gallery, GalleryFinding } from '../../store/gallery.ts';
import type { FinderWords } from '../../text/finder.ts';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { useView } from '../page/app-context.ts';

const GLYPH: Readonly<Record<GalleryFinding['status'], string>> = { confirmed: '✓', 'not reproduced': '✕', 'not asked': '–' };

export function Findings({
  gallery,
  findings,
  words,
  choose,
}: {
  gallery: Gallery;
  findings: readonly GalleryFinding[];
  words: FinderWords;
  choose: (id: string, packet: number) => void;
}): React.ReactNode {
  const language = useView((state) => state.settings.language);
  const topics = new Map<string, GalleryFinding[]>();
  for (const finding of findings) topics.set(finding.topic[language], [...(topics.get(finding.topic[language]) ?? []), finding]);
  return (
    <ScrollBox className="gallery-scroll" aria-label={words.gallery.part.findings({ count: findings.length })}>
      {[...topics].map(([topic, list]) => (
        <section key={topic} aria-label={topic}>
          <h3 className="gallery-topic">{topic}</h3>
          <ul>
            {list.map((finding) => (
              <li key={finding.id} className="gallery-finding">
                <p>{finding.statement[language]}</p>
                <p className="small gallery-status" data-status={finding.status}>
                  <span aria-hidden="true">{GLYPH[finding.status]} </span>
                  {statusText(finding, words)}
                </p>
                {finding.note && <p className="small muted">{finding.note[language]}</p>}
                <Scenarios gallery={gallery} finding={finding} choose={choose} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </ScrollBox>
  );
}

function statusText({ status, kernels }: GalleryFinding, words: FinderWords): string {
  const { status: text } = words.gallery;
  return status === 'not asked' ? text['not asked'] : text[status]({ kernels: kernels.join(words.gallery.and) });
}

function Scenarios({ gallery, finding, choose }: { gallery: Gallery; finding: GalleryFinding; choose: (id: string, packet: number) => void }): React.ReactNode {
  const language = useView((state) => state.settings.language);
  const shown = new Map(finding.scenarios.map((one) => [one.id, one]));
  if (shown.size === 0) return null;
  return (
    <ul className="gallery-links">
      {[...shown.values()].map(({ id, packet }) => {
        const scenario = gallery.scenarios.find((one) => one.id === id);
        if (!scenario) return null;
        return (
          <li key={id}>
            <button type="button" className="link" onClick={() => choose(id, packet)}>
              {scenario.name !== null && `${scenario.name} `}
              {scenario.title[language]}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
