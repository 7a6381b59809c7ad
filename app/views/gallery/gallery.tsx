/**
 * The gallery: scenarios under the questions they answer, rules and sets with the scenarios that show them, what was
 * found, and what was worked on before. Its data are fetched when it is first opened. The page stays usable behind it: it goes when the
 * focus does.
 */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { loadGallery } from '../../actions/load-gallery.ts';
import { choosePacket } from '../../actions/choose-example.ts';
import { takeHeldKeys } from '../../actions/type-ahead.ts';
import { searchGallery, type Gallery, type GalleryFamily } from '../../store/gallery.ts';
import type { GalleryPart } from '../../store/state.ts';
import { finderWords, type FinderWords } from '../../text/finder.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Overlay } from '../../widgets/overlay.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { Tabs } from '../../widgets/tabs.tsx';
import { useApp, useView } from '../page/app-context.ts';
import { Findings } from './findings.tsx';
import { Recent } from './recent.tsx';
import { Rows } from './rows.tsx';
import { ScenarioList, type ListHandle } from './scenario-list.tsx';
import './gallery.css';

const PARTS: readonly GalleryPart[] = ['scenarios', 'rows', 'findings', 'recent'];

export default function GalleryOverlay(): React.ReactNode {
  const app = useApp();
  const language = useView((state) => state.settings.language);
  const words = finderWords(language);
  const part = useView((state) => state.selection.galleryPart);
  const examples = useView((state) => state.scenario.examples);
  const [loaded, setLoaded] = useState<{ readonly gallery: Gallery | null; readonly failure: string | null }>({ gallery: null, failure: null });
  const [query, setQuery] = useState('');
  /** Enter was pressed before the list was there. */
  const [waits, setWaits] = useState(false);
  /** How often it was tried again. */
  const [again, setAgain] = useState(0);
  const [family, setFamily] = useState<GalleryFamily | 'all'>('all');
  const list = useRef<ListHandle>(null);
  const body = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const listed = examples !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is tried as often as it is asked for
  useEffect(() => {
    // What is in the gallery is told by the list: it comes first.
    if (!listed) return;
    let gone = false;
    loadGallery(app).then(
      (gallery) => !gone && setLoaded({ gallery, failure: null }),
      (error: unknown) => !gone && setLoaded({ gallery: null, failure: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      gone = true;
    };
  }, [app, listed, again]);
  useLayoutEffect(() => {
    const { text, enter } = takeHeldKeys('gallery');
    if (text !== '') setQuery(text);
    if (enter) setWaits(true);
    input.current?.focus();
  }, []);
  const { gallery, failure } = loaded;
  const found = useMemo(() => gallery && searchGallery(gallery, query, family === 'all' ? null : family), [gallery, query, family]);
  const close = (): void => app.select({ overlay: null });
  const choose = (id: string, packet = 0, set: string | null = null): void => {
    close();
    void choosePacket(app, id, packet, set);
  };
  useEffect(() => {
    if (!waits || (!found && failure === null)) return;
    setWaits(false);
    list.current?.choose();
  }, [waits, found, failure]);
  const counts = found && { scenarios: found.scenarios.length, rows: found.rows.length, findings: found.findings.length };
  const open = part === 'scenarios' && found !== null && found.scenarios.length > 0;
  const [activeId, setActiveId] = useState<string | null>(null);

  const combobox = {
    role: 'combobox',
    'aria-expanded': open,
    'aria-autocomplete': 'list',
    ...(open && { 'aria-controls': 'gallery-list', 'aria-activedescendant': activeId ?? undefined }),
  } as const;

  function onKeyDown(event: React.KeyboardEvent): void {
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return;
    if (part === 'scenarios') {
      if (event.key === 'Enter' && !found && failure === null) {
        event.preventDefault();
        return setWaits(true);
      }
      if (list.current?.key(event)) event.preventDefault();
      return;
    }
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    body.current?.querySelector<HTMLElement>('button')?.focus();
  }

  return (
    <Overlay label={words.gallery.title} modal={false} className="gallery" close={close}>
      <div className="gallery-head">
        <h2>{words.gallery.title}</h2>
        <input
          ref={input}
          className="overlay-search"
          type="search"
          aria-label={words.gallery.search}
          {...(part === 'scenarios' && combobox)}
          placeholder={words.gallery.hint}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          enterKeyHint="go"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setWaits(false);
          }}
          onKeyDown={onKeyDown}
        />
        <button type="button" className="button gallery-close" aria-label={words.close} onClick={close}>
          <Icon name="remove" />
        </button>
      </div>
      <div className="gallery-bar">
        <Tabs label={words.gallery.parts} tabs={tabs(words, counts)} chosen={part} choose={(galleryPart) => app.select({ galleryPart })} panelId={(id) => `gallery-${id}`} />
        {part === 'scenarios' && (
          <Switch
            label={words.gallery.family}
            choices={(['all', 'ipv4', 'ipv6'] as const).map((id) => ({ id, label: words.gallery.families[id] }))}
            chosen={family}
            choose={setFamily}
          />
        )}
      </div>
      <div
        ref={body}
        role="tabpanel"
        id={`gallery-${part}`}
        aria-labelledby={`tab-${part}`}
        className="gallery-body"
        onKeyDown={(event) => {
          if (part !== 'scenarios') moveAmong(event, input.current);
        }}
      >
        {part === 'recent' ? (
          <Recent words={words} close={close} />
        ) : failure !== null ? (
          <div className="gallery-note gallery-failed">
            <p role="alert">{words.failed({ detail: failure })}</p>
            <button
              type="button"
              className="button"
              onClick={() => {
                // The button goes when the answer comes: the focus is where it was when the gallery opened.
                input.current?.focus();
                setLoaded({ gallery: null, failure: null });
                setAgain(again + 1);
              }}
            >
              {words.again}
            </button>
          </div>
        ) : !gallery || !found || !counts ? (
          <p className="gallery-note muted">{waits ? words.waiting : words.loading}</p>
        ) : counts[part] === 0 ? (
          <p className="gallery-note">{query.trim() === '' ? words.gallery.nothingHere : words.gallery.nothing({ query: query.trim() })}</p>
        ) : part === 'scenarios' ? (
          <>
            {found.nearest && <p className="gallery-note">{words.gallery.nearest({ query: query.trim() })}</p>}
            <ScenarioList handle={list} gallery={gallery} scenarios={found.scenarios} query={query} words={words} choose={choose} setActiveId={setActiveId} />
          </>
        ) : part === 'rows' ? (
          <Rows gallery={gallery} rows={found.rows} words={words} choose={choose} />
        ) : (
          <Findings gallery={gallery} findings={found.findings} words={words} choose={choose} />
        )}
      </div>
      <p className="gallery-foot muted small" aria-hidden="true">
        {words.gallery.keys}
      </p>
      <p className="sr-only" role="status">
        {waits
          ? words.waiting
          : !counts || !found || query.trim() === ''
            ? ''
            : found.nearest
              ? `${words.gallery.nearest({ query: query.trim() })} ${words.gallery.found(counts)}`
              : words.gallery.found(counts)}
      </p>
    </Overlay>
  );
}

function tabs(words: FinderWords, counts: { readonly scenarios: number; readonly rows: number; readonly findings: number } | null): readonly { id: GalleryPart; label: string }[] {
  const { part } = words.gallery;
  const labels: Readonly<Record<GalleryPart, string>> = {
    scenarios: part.scenarios({ count: counts?.scenarios ?? null }),
    rows: part.rules({ count: counts?.rows ?? null }),
    findings: part.findings({ count: counts?.findings ?? null }),
    recent: part.recent,
  };
  return PARTS.map((id) => ({ id, label: labels[id] }));
}

/** Arrow keys among the buttons of a part; above the first is the search. */
function moveAmong(event: React.KeyboardEvent<HTMLElement>, input: HTMLElement | null): void {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (by === 0 || !(event.target instanceof HTMLButtonElement)) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
  const at = buttons.indexOf(event.target) + by;
  (at < 0 ? input : buttons[Math.min(at, buttons.length - 1)])?.focus();
}
