/**
 * The scenarios: only lines in view are in the page. The focus stays in the search; its arrow keys move the chosen line,
 * which the list makes known as the active one (ARIA combobox).
 */

import { useCallback, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { lineTops, lineWindow } from '../../layout/window.ts';
import { linesOfProse } from '../../layout/wrapped-lines.ts';
import { galleryLines, namedBy, packetSpokenOf, type Gallery, type GalleryLine, type GalleryScenario } from '../../store/gallery.ts';
import type { FinderWords } from '../../text/finder.ts';
import { rootScale } from '../../widgets/root-scale.ts';
import { useView } from '../page/app-context.ts';
import { useRoom } from '../page/frame.ts';
import { widthOf } from '../page/word-width.ts';
import { FATE_GLYPH } from '../verdict/fate-words.ts';

/** Heights of lines, in pixels: where there is room, and where it is narrow; of questions and scenarios with a title of one line. */
const WIDE = { topic: 40, question: 32, scenario: 52 };
const NARROW = { topic: 40, question: 32, scenario: 92 };
/** Each further line of a title, and of a verdict, where that is not beside what else is said. */
const TITLE_LINE = 20;
const VERDICT_LINE = 18;
/** What is left and right of them; how large they are: questions are bold, and so as wide as if they were larger. */
const BESIDE_TITLE = 40;
const TITLE_SIZE = { scenario: { wide: 14, narrow: 16 }, question: { wide: 16, narrow: 18 } };
const VERDICT_SIZE = 13.5;
const NARROW_BELOW = 620;
/** Lines that PageDown goes. */
const PAGE = 8;
const MOST_BADGES = 6;

export interface ListHandle {
  /** True: the key was for the list. */
  key(event: React.KeyboardEvent): boolean;
  /** Opens the one that is marked. */
  choose(): void;
}

export function ScenarioList({
  handle,
  gallery,
  scenarios,
  query,
  words,
  choose,
  setActiveId,
}: {
  handle: React.Ref<ListHandle>;
  gallery: Gallery;
  scenarios: readonly GalleryScenario[];
  query: string;
  words: FinderWords;
  /** `packet`: the one that its line speaks of, from 0. */
  choose: (id: string, packet: number) => void;
  setActiveId: (id: string | null) => void;
}): React.ReactNode {
  const language = useView((state) => state.settings.language);
  const current = useView((state) => state.scenario.loading ?? state.document.example);
  const box = useRef<HTMLDivElement>(null);
  const width = useRoom(box, window.innerWidth);
  const narrow = width < NARROW_BELOW;
  const grouped = query.trim() === '';
  const lines = useMemo(() => galleryLines(gallery, scenarios, grouped), [gallery, scenarios, grouped]);
  const reckoned = useMemo(() => {
    const linesOf = (text: string, size: number): number => linesOfProse(text, ((width - BESIDE_TITLE) * 12) / size, widthOf);
    const further = (line: GalleryLine): number => {
      if (line.kind === 'topic') return 0;
      const verdict = narrow && line.kind === 'scenario' && line.scenario.verdict ? linesOf(line.scenario.verdict[language], VERDICT_SIZE) - 1 : 0;
      return (linesOf(titleOf(line, current, language, words), TITLE_SIZE[line.kind][narrow ? 'narrow' : 'wide']) - 1) * TITLE_LINE + verdict * VERDICT_LINE;
    };
    return lines.map((line) => ((narrow ? NARROW : WIDE)[line.kind] + further(line)) * rootScale());
  }, [lines, narrow, width, current, language, words]);
  const { tops, observe } = useGrown(box, reckoned);
  const [view, setView] = useState({ top: 0, height: 600 });
  const [moved, setMoved] = useState<{ readonly list: readonly GalleryLine[]; readonly at: number } | null>(null);
  // Another list begins anew: at the scenario that is open, or with the best one.
  const common = useMemo(() => countRows(gallery), [gallery]);
  const open = scenarios.findIndex(({ id }) => id === current);
  const active = moved?.list === lines ? moved.at : grouped && open >= 0 ? open : 0;
  const activeLine = lines.findIndex((line) => line.kind === 'scenario' && line.index === active);
  const activeId = `scenario-${active}`;

  useLayoutEffect(() => {
    setActiveId(activeId);
    return () => setActiveId(null);
  }, [activeId, setActiveId]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: lines that turn out higher do not lead back to the one that is marked
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || activeLine < 0) return;
    const [top, end] = [tops[activeLine] as number, tops[activeLine + 1] as number];
    // Headings above it come into view with it.
    let above = activeLine;
    while (above > 0 && lines[above - 1]?.kind !== 'scenario') above--;
    const from = tops[above] as number;
    if (from < element.scrollTop) element.scrollTop = from;
    else if (end > element.scrollTop + element.clientHeight) element.scrollTop = moved?.list === lines ? end - element.clientHeight : Math.max(0, top - element.clientHeight / 3);
    setView({ top: element.scrollTop, height: element.clientHeight });
  }, [activeLine, reckoned, lines, moved]);

  const chooseActive = (): void => {
    const chosen = scenarios[active];
    if (chosen) choose(chosen.id, packetSpokenOf(chosen));
  };
  useImperativeHandle(handle, () => ({
    choose: chooseActive,
    key({ key, ctrlKey, metaKey }) {
      const last = scenarios.length - 1;
      const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + PAGE, PageUp: active - PAGE }[key] ?? null;
      const end = ctrlKey || metaKey ? ({ Home: 0, End: last }[key] ?? null) : null;
      if (key === 'Enter') {
        chooseActive();
        return true;
      }
      if (to === null && end === null) return false;
      setMoved({ list: lines, at: Math.max(0, Math.min(last, end ?? (to as number))) });
      return true;
    },
  }));

  const { first, end } = lineWindow(tops, view.top, view.height);
  return (
    <div
      ref={box}
      id="gallery-list"
      role="listbox"
      aria-label={words.gallery.title}
      className="gallery-list"
      data-narrow={narrow}
      tabIndex={-1}
      onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
    >
      <div role="presentation" style={{ height: tops.at(-1) }}>
        {lines.slice(first, end).map((line, i) => {
          const style = { top: tops[first + i], minHeight: (tops[first + i + 1] as number) - (tops[first + i] as number) };
          const place = { 'data-line': first + i, ref: observe };
          if (line.kind === 'topic')
            return (
              <div key={line.key} {...place} role="presentation" className="gallery-topic" style={style}>
                {line.title?.[language] ?? words.gallery.more}
              </div>
            );
          if (line.kind === 'question')
            return (
              <div key={line.key} {...place} role="presentation" className="gallery-question" style={style}>
                {line.id !== '' && <span className="mono muted">{line.id} </span>}
                {line.text[language]}
              </div>
            );
          const { scenario, index } = line;
          return (
            // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the focus stays in the search, which has the keys (ARIA combobox)
            <div
              key={line.key}
              {...place}
              id={`scenario-${index}`}
              role="option"
              aria-selected={index === active}
              aria-setsize={scenarios.length}
              aria-posinset={index + 1}
              className="gallery-entry"
              style={style}
              data-scenario={scenario.id}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(scenario.id, packetSpokenOf(scenario))}
            >
              <Entry scenario={scenario} common={common} query={query} current={scenario.id === current} words={words} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Where lines begin that are as high as reckoned, or as what is in them: with letters further apart, say, that is more. What is in view stays where it is. */
function useGrown(
  box: React.RefObject<HTMLElement | null>,
  reckoned: readonly number[],
): { readonly tops: readonly number[]; readonly observe: (line: HTMLElement | null) => (() => void) | undefined } {
  const [grown, setGrown] = useState<{ readonly of: readonly number[]; readonly heights: ReadonlyMap<number, number> }>({ of: reckoned, heights: new Map() });
  const heights = grown.of === reckoned ? grown.heights : null;
  const tops = useMemo(() => lineTops(reckoned.map((height, i) => heights?.get(i) ?? height)), [reckoned, heights]);
  const newest = useRef({ reckoned, tops });
  const [observer] = useState(
    () =>
      new ResizeObserver((entries) => {
        const of = newest.current.reckoned;
        const higher = entries.flatMap(({ target }): [number, number][] => {
          const [line, height] = [Number((target as HTMLElement).dataset.line), (target as HTMLElement).offsetHeight];
          return target.isConnected && height > (of[line] ?? height) + 1 ? [[line, height]] : [];
        });
        if (higher.length > 0) setGrown((old) => ({ of, heights: new Map([...(old.of === of ? old.heights : []), ...higher]) }));
      }),
  );
  useLayoutEffect(() => {
    const before = newest.current;
    newest.current = { reckoned, tops };
    const element = box.current;
    if (!element || before.tops === tops) return;
    // What is in another list, too, and as high there, is asked for its height again.
    if (before.reckoned !== reckoned) {
      for (const line of element.querySelectorAll('[data-line]')) observer.observe(line);
      return;
    }
    const { scrollTop } = element;
    const seen = Math.max(0, before.tops.findIndex((top) => top > scrollTop) - 1);
    element.scrollTop = scrollTop + (tops[seen] as number) - (before.tops[seen] as number);
  }, [box, observer, reckoned, tops]);
  const observe = useCallback(
    (line: HTMLElement | null) => {
      if (!line) return undefined;
      observer.observe(line);
      return () => observer.unobserve(line);
    },
    [observer],
  );
  return { tops, observe };
}

/** What stands in the line's title, in the order of the page. */
function titleOf(line: Exclude<GalleryLine, { kind: 'topic' }>, current: string | null, language: 'en' | 'zh', words: FinderWords): string {
  if (line.kind === 'question') return `${line.id} ${line.text[language]}`;
  const { name, title, id } = line.scenario;
  return [name, title[language], id === current ? words.gallery.current : null].filter((part) => part !== null).join(' ');
}

/** In how many scenarios each row fires: the rarer it is, the more it says about one. */
function countRows({ scenarios }: Gallery): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { fires } of scenarios) for (const row of fires) counts.set(row, (counts.get(row) ?? 0) + 1);
  return counts;
}

function Entry({
  scenario,
  common,
  query,
  current,
  words,
}: {
  scenario: GalleryScenario;
  common: ReadonlyMap<string, number>;
  query: string;
  current: boolean;
  words: FinderWords;
}): React.ReactNode {
  const language = useView((state) => state.settings.language);
  const named = namedBy(query, scenario);
  const rows = scenario.fires.filter((row) => !row.startsWith('K:')).sort((a, b) => (common.get(a) ?? 0) - (common.get(b) ?? 0));
  const rest = [...scenario.marks, ...rows].filter((row) => !named.fires.includes(row));
  const badges = [...named.fires, ...rest].slice(0, MOST_BADGES);
  return (
    <>
      <span className="gallery-title">
        {scenario.name !== null && <span className="gallery-name mono">{scenario.name} </span>}
        {scenario.title[language]}
        {current && <strong className="gallery-current"> {words.gallery.current}</strong>}
      </span>
      <span className="gallery-meta">
        {scenario.verdict !== null && scenario.class !== null && (
          <span className="gallery-verdict" data-fate={scenario.class}>
            <span aria-hidden="true">{FATE_GLYPH[scenario.class]} </span>
            {scenario.verdict[language]}
          </span>
        )}
        {scenario.packets > 1 && <span className="muted">{words.gallery.packets({ count: scenario.packets })}</span>}
        {named.misses.map((row) => (
          <span key={row} className="badge" data-misses="true">
            {words.gallery.misses({ row })}
          </span>
        ))}
        {badges.length > 0 && (
          <span className="gallery-badges">
            <span className="sr-only">{words.gallery.fires({ rows: '' })}</span>
            {badges.map((row) => (
              <span key={row} className="badge mono" data-named={named.fires.includes(row)}>
                {row.replace(/^K:/, '')}
              </span>
            ))}
          </span>
        )}
      </span>
    </>
  );
}
