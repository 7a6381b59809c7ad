/** The palette: type what to do or where to go, choose with arrow keys, Enter does it. `go-to` looks among places only. */

import { useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { keysOf } from '../../actions/key-press.ts';
import { takeHeldKeys } from '../../actions/type-ahead.ts';
import { finderWords } from '../../text/finder.ts';
import { speaks } from '../../text/words.ts';
import { Overlay } from '../../widgets/overlay.tsx';
import { useApp, useView } from '../page/app-context.ts';
import { keyName } from '../steps/step-button.tsx';
import { findItems, hasManyRules, paletteItems, placeItems, soughtRules, type PaletteFound, type PaletteItem } from './items.ts';
import './palette.css';

const PAGE = 8;
const NOTHING: PaletteFound = { items: [], more: 0 };

export default function Palette({ only }: { only: 'all' | 'places' }): React.ReactNode {
  const app = useApp();
  const language = useView((state) => state.settings.language);
  const ownKeys = useView((state) => state.settings.ownKeys);
  const answer = useView((state) => state.answer);
  const { palette, close: closeText, loading: loadingText, waiting } = finderWords(language);
  const examples = useView((state) => state.scenario.examples);
  const [query, setQuery] = useState('');
  /** Enter was pressed before there was anything to choose. */
  const [waits, setWaits] = useState(false);
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { text, enter } = takeHeldKeys(only === 'places' ? 'go-to' : 'palette');
    if (text !== '') setQuery(text);
    if (enter) setWaits(true);
    input.current?.focus();
  }, [only]);
  const withChinese = useChinese(query);
  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew with what was walked or listed, and in another language; of the answer with what is shown of it
  const items = useMemo(
    () => (only === 'places' ? placeItems : paletteItems)(app.store.getState()),
    [app, only, answer.node, answer.traces, answer.status, examples, language, withChinese],
  );
  const asksRules = answer.node !== null && query.trim() !== '' && hasManyRules(answer.node);
  const { node } = answer;
  useEffect(() => {
    if (node && hasManyRules(node)) app.find(query, true);
  }, [app, node, query]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each answer
  const found = useMemo(() => findItems(items, query, soughtRules(app.store.getState(), query)), [app, items, query, answer.foundByWords]);
  // The list is drawn in slices, behind the field: whoever types need not wait for it. What Enter does is what was found.
  const drawn = useDeferredValue(found, NOTHING);
  const at = Math.max(0, Math.min(active, found.items.length - 1));
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is found may have changed under the same number
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at, drawn]);
  const close = (): void => app.select({ overlay: null });

  function perform(item: PaletteItem | undefined): void {
    if (!item?.perform) return;
    // First it goes, so that an action may open something else.
    close();
    item.perform(app);
  }

  /** More may come yet. */
  const loading = examples === null || !withChinese || answer.status === 'idle' || answer.status === 'running' || (asksRules && answer.foundByWords?.query !== query);
  // biome-ignore lint/correctness/useExhaustiveDependencies: done once there is something to do
  useEffect(() => {
    if (!waits) return;
    if (found.items.length > 0) perform(found.items[at]);
    if (found.items.length > 0 || !loading) setWaits(false);
  }, [waits, found, loading]);

  function onKeyDown(event: React.KeyboardEvent): void {
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      return close();
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      if (found.items.length === 0 && loading) return setWaits(true);
      return perform(found.items[at]);
    }
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + PAGE, PageUp: at - PAGE }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    setActive(Math.max(0, Math.min(found.items.length - 1, to)));
  }

  const nothing = loading ? loadingText : palette.nothing({ query: query.trim() });
  const some = found.more > 0 ? palette.more({ count: found.more }) : palette.keys;
  const said = waits ? waiting : found.items.length === 0 ? nothing : some;
  const label = only === 'places' ? palette.goTo : palette.title;
  return (
    <Overlay label={label} modal className="palette" close={close}>
      <div className="palette-head">
        <input
          ref={input}
          className="overlay-search"
          type="text"
          role="combobox"
          aria-label={only === 'places' ? palette.goTo : palette.search}
          aria-controls="palette-list"
          aria-expanded={found.items.length > 0}
          aria-autocomplete="list"
          aria-activedescendant={at < drawn.items.length ? `palette-${at}` : undefined}
          placeholder={only === 'places' ? palette.goToHint : palette.hint}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          enterKeyHint="go"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
            setWaits(false);
          }}
          onKeyDown={onKeyDown}
        />
        <button type="button" className="button palette-close" onClick={close}>
          {closeText}
        </button>
      </div>
      <div ref={list} id="palette-list" role="listbox" aria-label={palette.results} className="palette-list" tabIndex={-1}>
        {drawn.items.map((item, i) => (
          // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the focus stays in the search, which has the keys (ARIA combobox)
          <div
            key={item.key}
            id={`palette-${i}`}
            role="option"
            aria-selected={i === at}
            aria-disabled={item.perform === null}
            className="palette-item"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => perform(item)}
          >
            <span className="palette-kind muted small">{palette.kinds[item.kind]}</span>
            <span className={item.kind === 'rule' || item.kind === 'chain' || item.kind === 'set' ? 'palette-label mono' : 'palette-label'}>{item.label}</span>
            {item.detail !== '' && <span className="palette-detail muted small">{item.detail}</span>}
            {item.action && (
              <span className="palette-keys">
                {keysOf(item.action, { ownKeys }).map((key) => (
                  <kbd key={key}>{keyName(key)}</kbd>
                ))}
              </span>
            )}
          </div>
        ))}
      </div>
      <p className="palette-foot muted small" role="status" data-hint={said === palette.keys}>
        {said}
      </p>
    </Overlay>
  );
}

/** Who types Chinese on an English page is understood once its words have come. False: they are still on their way. */
function useChinese(query: string): boolean {
  const wanted = /\p{Script=Han}/u.test(query);
  const [asked, setAsked] = useState(false);
  const there = asked || speaks('zh');
  useEffect(() => {
    if (!wanted || there) return;
    const come = (): void => setAsked(true);
    import('../../text/languages.ts').then(come, come);
  }, [wanted, there]);
  return there || !wanted;
}
