/** Search in all rules of the node: by any part of their line, one after the other. */

import { useEffect, useRef, useState } from 'react';
import { Icon } from '../../widgets/icon.tsx';
import { useApp, useView, useWords } from '../page/app-context.ts';

/** To the row of the list that arrows go on from; where there is none, out of the field. */
function leave(field: HTMLElement): void {
  const row = field.closest('.rules')?.querySelector<HTMLElement>('.virtual-list [tabindex="0"]');
  if (row) row.focus({ preventScroll: true });
  else field.blur();
}

export function RuleSearch(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const node = useView((state) => state.answer.node);
  const found = useView((state) => state.answer.found);
  const wanted = useView((state) => state.selection.searching);
  const [query, setQuery] = useState('');
  /** Which of those found is shown, from 1; 0: none yet. */
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  /** Enter was pressed before the answer had come: where to go once it is there. */
  const wish = useRef<{ readonly query: string; readonly by: 1 | -1 } | null>(null);
  useEffect(() => {
    if (!wanted) return;
    field.current?.focus();
    field.current?.select();
    app.select({ searching: false });
  }, [app, wanted]);
  // Other rules: what was found is of the ones before.
  useEffect(() => {
    if (node) app.find(query);
  }, [app, node, query]);
  const places = found?.query === query && query !== '' ? found.places : null;
  const count = (places?.length ?? 0) / 3;
  function go(by: 1 | -1): void {
    wish.current = places || query === '' ? null : { query, by };
    if (!places || count === 0) return;
    const next = at === 0 && by < 0 ? count : ((at - 1 + by + count) % count) + 1;
    const [t = 0, c = 0, rule = 0] = places.subarray((next - 1) * 3, next * 3);
    const table = node?.tables[t];
    const chain = table?.chains[c];
    if (!table || !chain) return;
    setAt(next);
    app.select({ rulesAs: 'chain', looking: { kind: 'chain', table: table.key, chain: chain.name, rule } });
  }
  // Without a list of what it hangs on: the wish is there whenever it is drawn.
  useEffect(() => {
    if (places && wish.current?.query === query) go(wish.current.by);
  });
  return (
    <search className="rule-search">
      <input
        ref={field}
        type="search"
        aria-label={words.rules.search}
        placeholder={words.rules.searchHint}
        value={query}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        onChange={({ target }) => {
          setQuery(target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing || event.keyCode === 229) return;
          if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape' && query !== '') setQuery('');
          else if (event.key === 'Escape') leave(event.currentTarget);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <output className="rule-found">{query === '' || !places ? '' : count === 0 ? words.rules.foundNone : words.rules.found({ at, count })}</output>
      <button
        type="button"
        className="button"
        aria-label={words.rules.previousFound}
        title={`${words.rules.previousFound} (Shift+Enter)`}
        aria-disabled={count === 0}
        onClick={() => go(-1)}
      >
        <Icon name="previous" />
      </button>
      <button type="button" className="button" aria-label={words.rules.nextFound} title={`${words.rules.nextFound} (Enter)`} aria-disabled={count === 0} onClick={() => go(1)}>
        <Icon name="next" />
      </button>
    </search>
  );
}
